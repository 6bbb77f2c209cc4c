# The window's own parts: glad's loader, the shaders as text in the program, Dear ImGui with its backends.
set(GENERATED ${CMAKE_CURRENT_BINARY_DIR}/generated)

if(NOT EXISTS ${GENERATED}/glad/src/gl.c)
  execute_process(
    COMMAND ${GLAD_PROGRAM} --reproducible --api gl:core=3.3 --out-path ${GENERATED}/glad c
    RESULT_VARIABLE GLAD_FAILED OUTPUT_QUIET ERROR_VARIABLE GLAD_ERROR)
  if(GLAD_FAILED)
    message(FATAL_ERROR "glad could not generate the OpenGL loader: ${GLAD_ERROR}")
  endif()
endif()
add_library(convscope_glad STATIC ${GENERATED}/glad/src/gl.c)
target_include_directories(convscope_glad SYSTEM PUBLIC ${GENERATED}/glad/include)

set(SHADER_TEXT "")
foreach(shader tensor.vert tensor.frag statistics.vert statistics.frag copy.vert copy.frag)
  set(file ${CMAKE_SOURCE_DIR}/shaders/${shader})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(APPEND SHADER_TEXT "    {\"${shader}\", R\"GLSL(${text})GLSL\"},\n")
endforeach()
configure_file(gl/shader_text.cpp.in ${GENERATED}/shader_text.cpp @ONLY)

find_library(STB_LIBRARY stb)  # Debian's libimgui.a takes its font rasteriser from there
find_package(PkgConfig QUIET)

# Each of these folders is a room whose every file belongs to the window.
file(GLOB CONVSCOPE_WINDOW_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/gl/*.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/widgets/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/panels/*.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/window*.cpp)
list(FILTER CONVSCOPE_WINDOW_SOURCES EXCLUDE REGEX "_test\\.cpp$")
convscope_library(convscope_window
  SOURCES ${GENERATED}/shader_text.cpp ${CONVSCOPE_WINDOW_SOURCES}
  LINK convscope_experiment convscope_lessons
  PRIVATE_LINK convscope_glad ${IMGUI_LIBRARY} ${STB_LIBRARY} glfw OpenGL::EGL OpenGL::OpenGL
               ${CMAKE_DL_LIBS})
target_compile_definitions(convscope_window PRIVATE CONVSCOPE_VERSION="${PROJECT_VERSION}")
target_include_directories(convscope_window SYSTEM PUBLIC ${IMGUI_INCLUDE} ${IMGUI_INCLUDE}/backends)

file(GLOB CONVSCOPE_UI_TESTS CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/ui_*test.cpp)
convscope_test(ui_test SOURCES ${CONVSCOPE_UI_TESTS} LINK convscope_window TIMEOUT 600)
convscope_test(soak_test SOURCES soak_test.cpp LINK convscope_window TIMEOUT 5000)
convscope_test(lesson_walk_test SOURCES lesson_walk_test.cpp LINK convscope_window TIMEOUT 1500)
