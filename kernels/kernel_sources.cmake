# The sources of a kernel module, the same for every compiler: CONVSCOPE_KERNEL_SOURCES.
set(CONVSCOPE_KERNEL_SOURCES ${CMAKE_CURRENT_LIST_DIR}/kernel_module.cu)
foreach(folder conv2d depthwise separable transpose conv3d)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/${folder}/*.cu)
  list(APPEND CONVSCOPE_KERNEL_SOURCES ${sources})
endforeach()
