# How our own targets are made: warnings are errors, and each links only what its folder may include.
set(CONVSCOPE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter -Werror)

if(CONVSCOPE_SANITIZE STREQUAL "asan")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(CONVSCOPE_SANITIZE STREQUAL "tsan")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(CONVSCOPE_SANITIZE)
  message(FATAL_ERROR "CONVSCOPE_SANITIZE is '${CONVSCOPE_SANITIZE}'; asan, tsan or nothing is allowed")
endif()

# convscope_library(name SOURCES a.cpp … LINK other …): a static library, checked strictly.
function(convscope_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${CONVSCOPE_WARNINGS}>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# convscope_test(name SOURCES x_test.cpp … LINK library …): a GoogleTest program run by ctest.
function(convscope_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT GTest_FOUND)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${CONVSCOPE_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE CONVSCOPE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             CONVSCOPE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
