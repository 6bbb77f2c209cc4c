// A linked GL program from the texts of shaders/.
#pragma once
#include <string>
#include <unordered_map>

namespace convscope::gl {

struct ShaderText {
    const char* name;
    const char* text;
};
extern const ShaderText shader_texts[];  // ends with a null name

class Shader {
  public:
    // "tensor" is tensor.vert and tensor.frag; `definitions` ("#define …\n") go before both. Throws
    // Error(failed) with the compiler's words.
    explicit Shader(const std::string& name, const std::string& definitions = {});
    ~Shader();
    Shader(const Shader&) = delete;
    Shader& operator=(const Shader&) = delete;

    void use() const;
    int uniform(const char* name) const;

  private:
    unsigned program_ = 0;
    mutable std::unordered_map<std::string, int> locations_;
};

}  // namespace convscope::gl
