// convscope: words after the program's name are a command; alone it opens the window.
#include <iostream>
#include <new>

#include "cli/command.h"
#include "core/text.h"

#ifdef CONVSCOPE_HAVE_WINDOW
#include "window.h"
#endif

namespace convscope::cli {
namespace {

int open_the_window(const std::string& lessons_folder) {
#ifdef CONVSCOPE_HAVE_WINDOW
    return open_window({.lessons_folder = lessons_folder});
#else
    (void)lessons_folder;
    throw Error(
        ErrorKind::failed,
        "this build has no window: Dear ImGui, GLFW, EGL and glad were not all found; `convscope --help` "
        "shows the commands");
#endif
}

int exit_code(ErrorKind kind) {
    if (kind == ErrorKind::request) return exit_request;
    return kind == ErrorKind::device_missing ? exit_no_device : exit_failed;
}

// One line, whatever the parser's message looks like.
std::string one_line(std::string text) {
    for (char& c : text)
        if (c == '\n') c = ' ';
    return text;
}

void add_commands(CommandLine& line) {
    line.app.description("ConvScope shows a convolution: from the formula to the thread to the microsecond.");
    line.app.name("convscope");
    line.app.set_version_flag("--version", "convscope " CONVSCOPE_VERSION);
    line.app.require_subcommand(0, 1);
    line.app.footer(
        "Without a command the window opens. Exit codes: 0 done, 1 a result was wrong, 2 the request was "
        "wrong,\n"
        "3 the device is not there, 4 something failed while running.");
    add_run(line);
    add_check(line);
    add_verify(line);
    add_bench(line);
    add_xray(line);
    add_lessons(line);
    add_list(line);
    add_shot(line);
    add_doctor(line);
}

int main_of(int count, char** words) {
    CommandLine line;
    std::string lessons_folder;
    add_commands(line);
    line.app.add_option("--lessons", lessons_folder,
                        "a folder of lessons (.md) that the window lists above its own");
    try {
        line.app.parse(count, words);
        if (line.action && !lessons_folder.empty())
            fail_request("--lessons belongs to the window: a command takes no lessons before its name");
        const int code = line.action ? line.action() : open_the_window(lessons_folder);
        std::cout.flush();
        if (!std::cout) fail_request("cannot write to the standard output");
        return code;
    } catch (const CLI::Success& help) {
        return line.app.exit(help);
    } catch (const CLI::ParseError& error) {
        std::cerr << "convscope: " << one_line(error.what()) << "; see convscope --help\n";
        return exit_request;
    } catch (const Error& error) {
        std::cerr << "convscope: " << one_line(error.what()) << "\n";
        return exit_code(error.kind());
    } catch (const std::bad_alloc&) {
        std::cerr
            << "convscope: the system gave no more memory; a smaller problem or fewer kernels need less\n";
        return exit_failed;
    } catch (const std::exception& error) {
        std::cerr << "convscope: " << one_line(error.what()) << "\n";
        return exit_failed;
    }
}

}  // namespace
}  // namespace convscope::cli

int main(int count, char** words) {
    return convscope::cli::main_of(count, words);
}
