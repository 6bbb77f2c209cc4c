# What is there. Each of these is optional but nlohmann_json and CLI11; `convscope doctor` and the summary
# below say what was left out.
if(CONVSCOPE_DEPS)
  list(PREPEND CMAKE_PREFIX_PATH ${CONVSCOPE_DEPS}/usr ${CONVSCOPE_DEPS}/usr/lib/x86_64-linux-gnu)
  include_directories(SYSTEM ${CONVSCOPE_DEPS}/usr/include)
  # The old kind of run path, which also serves the libraries that those libraries need.
  add_link_options(-Wl,--disable-new-dtags,-rpath,${CONVSCOPE_DEPS}/usr/lib/x86_64-linux-gnu)
endif()

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest QUIET)

find_path(STB_INCLUDE stb/stb_image.h)
find_library(BOOST_CONTEXT_LIBRARY boost_context)
find_path(BOOST_CONTEXT_INCLUDE boost/context/detail/fcontext.hpp)
find_path(DNNL_INCLUDE dnnl.hpp)
find_library(DNNL_LIBRARY dnnl)

# The window: everything or nothing.
find_path(IMGUI_INCLUDE imgui.h PATH_SUFFIXES imgui)
find_library(IMGUI_LIBRARY imgui)
find_package(glfw3 QUIET)
find_package(OpenGL QUIET COMPONENTS OpenGL EGL)
find_program(GLAD_PROGRAM glad)

set(CONVSCOPE_HAVE_SIM OFF)
if(BOOST_CONTEXT_LIBRARY AND BOOST_CONTEXT_INCLUDE)
  set(CONVSCOPE_HAVE_SIM ON)
endif()
set(CONVSCOPE_HAVE_ONEDNN OFF)
if(DNNL_INCLUDE AND DNNL_LIBRARY)
  set(CONVSCOPE_HAVE_ONEDNN ON)
endif()
set(CONVSCOPE_HAVE_IMAGES OFF)
if(STB_INCLUDE)
  set(CONVSCOPE_HAVE_IMAGES ON)
endif()
set(CONVSCOPE_HAVE_WINDOW OFF)
if(IMGUI_INCLUDE AND IMGUI_LIBRARY AND glfw3_FOUND AND TARGET OpenGL::EGL AND GLAD_PROGRAM AND STB_INCLUDE)
  set(CONVSCOPE_HAVE_WINDOW ON)
endif()

# nvcc compiles the gpu module only; nothing else needs it. Sanitizer builds leave it out.
set(CONVSCOPE_HAVE_NVCC OFF)
if(NOT CONVSCOPE_SANITIZE)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_ARCHITECTURES ${CONVSCOPE_CUDA_ARCHITECTURES})
    enable_language(CUDA)
    find_package(CUDAToolkit QUIET)
    if(CUDAToolkit_FOUND)
      set(CONVSCOPE_HAVE_NVCC ON)
      set(CMAKE_CUDA_STANDARD 20)
      set(CMAKE_CUDA_STANDARD_REQUIRED ON)
      if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc 12 has C++20
        set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
        set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
      endif()
    endif()
  endif()
endif()

set(CONVSCOPE_HAVE_TRACED ${CONVSCOPE_HAVE_SIM})
if(CONVSCOPE_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(CONVSCOPE_HAVE_TRACED OFF)  # tracing owns the sanitizer hooks, and only g++ keeps every access
endif()

foreach(part SIM TRACED ONEDNN IMAGES WINDOW NVCC)
  message(STATUS "ConvScope: ${part} ${CONVSCOPE_HAVE_${part}}")
endforeach()
