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
foreach(shader tensor.vert tensor.frag statistics.vert statistics.frag)
  set(file ${CMAKE_SOURCE_DIR}/shaders/${shader})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(APPEND SHADER_TEXT "    {\"${shader}\", R\"GLSL(${text})GLSL\"},\n")
endforeach()
configure_file(gl/shader_text.cpp.in ${GENERATED}/shader_text.cpp @ONLY)

find_library(STB_LIBRARY stb)  # Debian's libimgui.a takes its font rasteriser from there
find_package(PkgConfig QUIET)

convscope_library(convscope_window
  SOURCES
    ${GENERATED}/shader_text.cpp
    gl/colour_map_texture.cpp gl/egl_surface.cpp gl/glfw_surface.cpp gl/key_latch.cpp gl/shader.cpp gl/slice_statistics.cpp
    gl/slice_texture.cpp gl/tensor_painter.cpp gl/tensor_ref.cpp gl/tensor_textures.cpp
    widgets/bar_plot.cpp widgets/fonts.cpp widgets/layout.cpp widgets/number_field.cpp widgets/registry.cpp
    widgets/tensor_view.cpp widgets/theme.cpp
    panels/banner.cpp panels/device_menu.cpp panels/file_prompt.cpp panels/inspect_panel.cpp
    panels/kernel_table.cpp panels/menu_bar.cpp panels/problem_panel.cpp panels/problem_fields.cpp
    panels/shortcuts.cpp panels/shown_tensors.cpp panels/status_line.cpp panels/times_panel.cpp panels/view_controls.cpp
    panels/views_panel.cpp
    window.cpp window_app.cpp window_commands.cpp window_driver.cpp window_frame.cpp window_tour.cpp
  LINK convscope_experiment
  PRIVATE_LINK convscope_glad ${IMGUI_LIBRARY} ${STB_LIBRARY} glfw OpenGL::EGL OpenGL::OpenGL
               ${CMAKE_DL_LIBS})
target_include_directories(convscope_window SYSTEM PUBLIC ${IMGUI_INCLUDE} ${IMGUI_INCLUDE}/backends)

convscope_test(ui_test SOURCES ui_test.cpp LINK convscope_window TIMEOUT 300)
