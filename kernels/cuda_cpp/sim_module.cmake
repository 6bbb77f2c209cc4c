# convscope_sim_module(target sources… [TRACED] [NAME file]): kernel files compiled by g++ into a shared
# object for the simulator. Sources that end in .cu are CXX in the calling folder, so a folder that compiles
# them as CUDA must be another one.
function(convscope_sim_module target)
  cmake_parse_arguments(ARG "TRACED" "NAME" "" ${ARGN})
  add_library(${target} MODULE ${ARG_UNPARSED_ARGUMENTS})
  set_source_files_properties(${ARG_UNPARSED_ARGUMENTS} PROPERTIES LANGUAGE CXX)
  # CUDA reads memory through whatever type it is told to; #pragma unroll is nvcc's.
  target_compile_options(${target} PRIVATE ${CONVSCOPE_WARNINGS} -Wno-unknown-pragmas -fno-strict-aliasing
                                           -fno-math-errno)
  if(ARG_TRACED)
    # Instrumentation only: the sanitizer's run-time is not linked, the simulator is what it calls. Above
    # -O1 accesses are merged, and basic blocks in another order no longer rejoin at the lowest address.
    target_compile_options(${target} PRIVATE -O1 -g -fsanitize=thread -fsanitize-coverage=trace-pc
                                             -fno-reorder-blocks)
    target_compile_definitions(${target} PRIVATE CONVSCOPE_TRACED)
  else()
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O3>)
  endif()
  target_link_libraries(${target} PRIVATE convscope_core convscope_simulator)
  if(NOT CONVSCOPE_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
  if(NOT ARG_NAME)
    set(ARG_NAME ${target})
  endif()
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${ARG_NAME} SUFFIX ".so"
                                             LIBRARY_OUTPUT_DIRECTORY ${CONVSCOPE_MODULES})
endfunction()
