#include "gl/shader.h"

#include <glad/gl.h>

#include "core/errors.h"
#include "core/text.h"

namespace convscope::gl {
namespace {

const char* text_of(const std::string& name) {
    for (const ShaderText* row = shader_texts; row->name; ++row)
        if (name == row->name) return row->text;
    throw Error(ErrorKind::failed, cat("the program holds no shader '", name, "'"));
}

unsigned compiled(GLenum stage, const std::string& name, const std::string& definitions) {
    const unsigned shader = glCreateShader(stage);
    const std::string head = "#version 330 core\n" + definitions + "#line 1\n";
    const char* texts[] = {head.c_str(), text_of(name)};
    glShaderSource(shader, 2, texts, nullptr);
    glCompileShader(shader);
    int good = 0;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
    if (!good) {
        char log[2048] = "";
        glGetShaderInfoLog(shader, sizeof log, nullptr, log);
        glDeleteShader(shader);
        throw Error(ErrorKind::failed, cat("the driver cannot compile ", name, ": ", log));
    }
    return shader;
}

}  // namespace

Shader::Shader(const std::string& name, const std::string& definitions) {
    const unsigned vertex = compiled(GL_VERTEX_SHADER, name + ".vert", definitions);
    const unsigned fragment = compiled(GL_FRAGMENT_SHADER, name + ".frag", definitions);
    program_ = glCreateProgram();
    glAttachShader(program_, vertex);
    glAttachShader(program_, fragment);
    glLinkProgram(program_);
    glDeleteShader(vertex);
    glDeleteShader(fragment);
    int good = 0;
    glGetProgramiv(program_, GL_LINK_STATUS, &good);
    if (!good) {
        char log[2048] = "";
        glGetProgramInfoLog(program_, sizeof log, nullptr, log);
        throw Error(ErrorKind::failed, cat("the driver cannot link the shader ", name, ": ", log));
    }
}

Shader::~Shader() {
    glDeleteProgram(program_);
}

void Shader::use() const {
    glUseProgram(program_);
}

int Shader::uniform(const char* name) const {
    const auto [place, is_new] = locations_.try_emplace(name, -1);
    if (is_new) place->second = glGetUniformLocation(program_, name);
    return place->second;
}

}  // namespace convscope::gl
