// Modules and the program share one engine, a shared library: these are the symbols that leave it.
#pragma once
#define CONVSCOPE_ENGINE __attribute__((visibility("default")))
