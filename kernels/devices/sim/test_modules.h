// Where the tests look for modules: in the build folder, or where tools/mutants.sh puts kernels with a bug.
#pragma once
#include <cstdlib>
#include <string>

namespace convscope {

inline std::string test_modules() {
    const char* chosen = std::getenv("CONVSCOPE_TEST_MODULES");
    return chosen ? chosen : CONVSCOPE_MODULES;
}

}  // namespace convscope
