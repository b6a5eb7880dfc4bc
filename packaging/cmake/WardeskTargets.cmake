# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
#
# How every target of the tree is built, and the libraries that several of them use.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Qt 6.4's moc cannot read <concepts> of GCC 12, which <compare> includes: it is told that it has read it.
set(CMAKE_AUTOMOC_MOC_OPTIONS "-D_GLIBCXX_CONCEPTS")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

option(WARDESK_WERROR "Treat warnings as errors" OFF)
set(WARDESK_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")
option(WARDESK_COVERAGE "Instrument for gcov" OFF)
option(WARDESK_FUZZ "Build the libFuzzer targets (clang only)" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # By itself ccache keeps nothing that was compiled with a precompiled header.
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime" "${CCACHE_PROGRAM}")
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(PkgConfig REQUIRED)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED)
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Sql Network WebSockets Widgets Test)
pkg_check_modules(Sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(LibPq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(Sqlite REQUIRED IMPORTED_TARGET sqlite3)

add_library(wardesk_options INTERFACE)
target_include_directories(wardesk_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(wardesk_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor -Wswitch-enum
  # GCC 12 at -O2 took the end of a moved-from Result for dead, and freed its error's text twice (the LXC contract's
  # aDaemonRestartedBetweenTwoCallsIsNotNoticed, every time, with one earlier form of LibvirtHypervisor's calls).
  $<$<CXX_COMPILER_ID:GNU>:-flifetime-dse=1>
  $<$<BOOL:${WARDESK_WERROR}>:-Werror>)
# Header-only Boost.JSON (compiled once in protocols/wire) keeps the agent free of Boost's shared libraries.
target_compile_definitions(wardesk_options INTERFACE
  QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_FOREACH BOOST_ALL_NO_LIB BOOST_ASIO_NO_DEPRECATED
  # What of Asio and Beast is no template is compiled once, in protocols/wire.
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
if(WARDESK_SANITIZE)
  target_compile_options(wardesk_options INTERFACE -fsanitize=${WARDESK_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(wardesk_options INTERFACE -fsanitize=${WARDESK_SANITIZE})
endif()
if(WARDESK_COVERAGE)
  target_compile_options(wardesk_options INTERFACE --coverage -fprofile-update=atomic) # several threads count
  target_link_options(wardesk_options INTERFACE --coverage)
endif()

# wardesk_library(BrokerLease SOURCES a.cpp DEPENDS Wardesk::BrokerDomain ... [PRIVATE_DEPENDS ...])
# makes the static library wardesk_BrokerLease with the alias Wardesk::BrokerLease.
function(wardesk_library name)
  cmake_parse_arguments(ARG "MOC" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(wardesk_${name} STATIC ${ARG_SOURCES})
  add_library(Wardesk::${name} ALIAS wardesk_${name})
  target_link_libraries(wardesk_${name} PUBLIC wardesk_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  if(ARG_MOC)
    set_target_properties(wardesk_${name} PROPERTIES AUTOMOC ON)
  endif()
endfunction()

# wardesk_program(wardesk-broker SOURCES main.cpp DEPENDS ...)
function(wardesk_program name)
  cmake_parse_arguments(ARG "MOC" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wardesk_options ${ARG_DEPENDS})
  # A program's own files are its command line; the work is in the libraries.
  target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  if(ARG_MOC)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
  endif()
endfunction()

# Seconds after which CTest takes a test for hanging; with a sanitizer everything takes many times as long.
function(wardesk_patience result seconds)
  if(WARDESK_SANITIZE)
    math(EXPR seconds "5 * ${seconds}")
  endif()
  set(${result} ${seconds} PARENT_SCOPE)
endfunction()

# wardesk_test(tst_leasemachine SOURCES tst_leasemachine.cpp DEPENDS ... [LABEL unit] [TIMEOUT seconds])
# a Qt Test program, registered with CTest under its own name.
function(wardesk_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  wardesk_patience(patience ${ARG_TIMEOUT})
  add_executable(${name} ${ARG_SOURCES})
  # moc by hand: AUTOMOC would make a scan, a target and one more file to compile for each of the tests.
  foreach(source IN LISTS ARG_SOURCES)
    file(STRINGS "${source}" objects REGEX "^ *Q_OBJECT" LIMIT_COUNT 1)
    if(objects)
      get_filename_component(stem "${source}" NAME_WE)
      if(source MATCHES "[.]h$")
        set(moc "${CMAKE_CURRENT_BINARY_DIR}/moc_${stem}.cpp")
      else()
        set(moc "${CMAKE_CURRENT_BINARY_DIR}/${stem}.moc")
      endif()
      add_custom_command(OUTPUT "${moc}" DEPENDS "${source}" VERBATIM
        COMMAND Qt6::moc ${CMAKE_AUTOMOC_MOC_OPTIONS} -o "${moc}" "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
      target_sources(${name} PRIVATE "${moc}")
    endif()
  endforeach()
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE wardesk_options Qt6::Test ${ARG_DEPENDS})
  target_precompile_headers(${name} REUSE_FROM wardesk_test_headers)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${patience}
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
endfunction()
