# SystemC 3 ships a CMake package; Debian's 2.3.4 only pkg-config files, and was built as C++17, which its
# headers check at link time. Target systerm::systemc carries whatever definition links.
include(CheckCXXSourceCompiles)
include(CMakePushCheckState)

add_library(systerm_systemc INTERFACE)
add_library(systerm::systemc ALIAS systerm_systemc)

find_package(SystemCLanguage CONFIG QUIET)
if(TARGET SystemC::systemc)
  set(systemc_target SystemC::systemc)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(systemc REQUIRED IMPORTED_TARGET systemc)
  set(systemc_target PkgConfig::systemc)
endif()
target_link_libraries(systerm_systemc INTERFACE ${systemc_target})
# Spares the users of the headers a look at the library's own include folder warnings.
target_compile_definitions(systerm_systemc INTERFACE SC_INCLUDE_DYNAMIC_PROCESSES)

cmake_push_check_state(RESET)
set(CMAKE_REQUIRED_LIBRARIES ${systemc_target})
set(CMAKE_REQUIRED_FLAGS "-std=c++20")
set(systemc_probe "#include <systemc>\nint sc_main(int, char**) { sc_core::sc_time t; return t.value() != 0; }")
check_cxx_source_compiles("${systemc_probe}" SYSTERM_SYSTEMC_LINKS_AS_IS)
if(NOT SYSTERM_SYSTEMC_LINKS_AS_IS)
  foreach(version 202002L 201703L 201402L)
    set(CMAKE_REQUIRED_DEFINITIONS -DSC_CPLUSPLUS=${version})
    check_cxx_source_compiles("${systemc_probe}" SYSTERM_SYSTEMC_LINKS_AS_${version})
    if(SYSTERM_SYSTEMC_LINKS_AS_${version})
      target_compile_definitions(systerm_systemc INTERFACE SC_CPLUSPLUS=${version})
      set(systemc_found TRUE)
      break()
    endif()
  endforeach()
  if(NOT systemc_found)
    message(FATAL_ERROR "SystemC was found but does not link; it was built for another C++ version")
  endif()
endif()
cmake_pop_check_state()

# Processes have stacks of their own. An exception that leaves one confuses the sanitizer's notion of the stack,
# which then reports overflows where there are none; the heap stays checked.
if(SYSTERM_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(systerm_systemc INTERFACE --param=asan-stack=0)
endif()
