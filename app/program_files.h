// Where the program's own files are: beside it in a build folder, or under share/convscope where installed.
#pragma once
#include <string>

namespace convscope {

std::string program_folder();
std::string modules_folder();
// "images/astronaut.png" -> its path. Throws Error(request) where the file is in neither place.
std::string asset_path(const std::string& name);

}  // namespace convscope
