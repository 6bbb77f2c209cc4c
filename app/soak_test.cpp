// Thousands of random actions on the real window, offscreen: nothing crashes, nothing leaks, nothing is shown
// as right that was not verified. The same seed makes the same actions; CONVSCOPE_SOAK_ACTIONS sets their
// number.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "ui_fixture.h"
#include "window_driver.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" size_t __sanitizer_get_current_allocated_bytes();  // its header is not in every package of g++
#endif

namespace convscope {
namespace {

namespace fs = std::filesystem;

// Bytes that the program holds.
size_t held_bytes() {
#if defined(__SANITIZE_ADDRESS__)
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

int wanted_actions() {
    const char* wanted = std::getenv("CONVSCOPE_SOAK_ACTIONS");
    return wanted ? std::atoi(wanted) : 600;
}

// Everything that is left behind goes to a folder of its own.
class OwnHome {
  public:
    OwnHome() : folder_(fs::temp_directory_path() / "convscope_soak_test") {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
            setenv(name, folder_.c_str(), 1);
        before_ = fs::current_path();
        fs::current_path(folder_);
    }
    ~OwnHome() {
        fs::current_path(before_);
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::string file(const char* name) const { return (folder_ / name).string(); }

  private:
    fs::path folder_, before_;
};

class Soak {
  public:
    Soak(OffscreenApp& window, const OwnHome& home, uint64_t seed)
        : window_(window), home_(home), random_(seed) {}

    void act() {
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
                return on_widget([&](const std::string& name) { window_.click(name); });
            case 3:
                return on_widget([&](const std::string& name) { window_.double_click(name); });
            case 4:
                return on_widget([&](const std::string& name) { window_.drag(name, offset(), offset()); });
            case 5:
                return on_widget(
                    [&](const std::string& name) { window_.wheel(name, static_cast<float>(below(13)) - 6); });
            case 6:
                return type_somewhere();
            case 7:
                return press_something();
            case 8:
                return command_something();
            case 9:
                return act_directly();
            case 10:
                return on_widget([&](const std::string& name) { window_.hover(name); });
            default:
                return open_something();
        }
    }

    // What a user would call too slow to wait for is taken back, so that the soak goes on.
    void keep_small() {
        const ProblemSpec& spec = window_.experiment().spec;
        const bool legal = broken_rules(spec).empty();
        if (legal && Problem(spec).flops() < 2e8 && Problem(spec).minimal_bytes() < 64e6) return;
        if (!legal && below(4) != 0) return;  // illegal states are lived in for a while
        window_.app().act(ReplaceExperiment{small_experiment()});
    }

  private:
    uint32_t below(uint32_t count) { return static_cast<uint32_t>(random_() % count); }
    float offset() { return static_cast<float>(below(400)) - 200; }

    // A save asks for a file anywhere: the dialog is left by Escape, saving is tried by commands below.
    static bool allowed(const std::string& name) {
        return name != "prompt.confirm" && !name.starts_with("browser.") && !name.starts_with("menu.File");
    }

    template <class Do>
    void on_widget(const Do& act) {
        const std::vector<std::string> names = registry().names();
        if (names.empty()) return window_.frames(1);
        const std::string& name = names[below(static_cast<uint32_t>(names.size()))];
        const auto rect = window_.widget(name);
        if (!allowed(name) || !rect || rect->empty()) return window_.frames(1);
        act(name);
    }

    void type_somewhere() {
        static const std::vector<std::string> words{"0",
                                                    "1",
                                                    "2",
                                                    "3",
                                                    "7",
                                                    "16",
                                                    "-1",
                                                    "-9223372036854775808",
                                                    "9223372036854775807",
                                                    "1e9",
                                                    "nan",
                                                    "inf",
                                                    "abc",
                                                    "",
                                                    "0.5",
                                                    "999999999999999999999999",
                                                    "é∞",
                                                    "%s%n"};
        on_widget([&](const std::string& name) {
            window_.double_click(name);
            window_.type(words[below(static_cast<uint32_t>(words.size()))]);
            if (!window_.widget("prompt.path")) window_.press_enter();
        });
    }

    void press_something() {
        using compat::Key;
        static const std::vector<Key> keys{Key::space,  Key::left, Key::right, Key::up,  Key::down,
                                           Key::escape, Key::e,    Key::f,     Key::c,   Key::z,
                                           Key::y,      Key::one,  Key::two,   Key::two, Key::four};
        const Key key = keys[below(static_cast<uint32_t>(keys.size()))];
        window_.press_key(key, (key == Key::z || key == Key::y || key == Key::c) && below(2) == 0);
    }

    void command_something() {
        using Kind = Command::Kind;
        static const std::vector<Command> commands{{Kind::undo},
                                                   {Kind::redo},
                                                   {Kind::cancel},
                                                   {Kind::fit_views},
                                                   {Kind::next_colours},
                                                   {Kind::error_view},
                                                   {Kind::toggle_play},
                                                   {Kind::step_forward},
                                                   {Kind::step_back},
                                                   {Kind::stop_animation},
                                                   {Kind::show_worst},
                                                   {Kind::pin_experiment},
                                                   {Kind::unpin_experiment},
                                                   {Kind::swap_experiments},
                                                   {Kind::copy_pytorch},
                                                   {Kind::copy_command_line},
                                                   {Kind::copy_plot},
                                                   {Kind::paste_weights},
                                                   {Kind::toggle_shortcuts},
                                                   {Kind::dismiss_banner},
                                                   {Kind::show_explore},
                                                   {Kind::show_xray},
                                                   {Kind::show_source},
                                                   {Kind::count_grid},
                                                   {Kind::compare_kernels},
                                                   {Kind::cancel_count},
                                                   {Kind::copy_values, {}, "output"},
                                                   {Kind::show_lessons},
                                                   {Kind::leave_lesson},
                                                   {Kind::lesson_back},
                                                   {Kind::lesson_hint},
                                                   {Kind::lesson_tell},
                                                   {Kind::lesson_reset},
                                                   {Kind::toggle_presentation}};
        window_.app().command(commands[below(static_cast<uint32_t>(commands.size()))]);
        window_.frames(1);
    }

    // Any lesson, and steps and answers of it that may or may not exist.
    void take_lessons() {
        using Kind = Command::Kind;
        App& app = window_.app();
        if (app.lesson() == nullptr || below(8) == 0) {
            if (app.courses().empty()) return app.command({Kind::show_lessons});
            const auto& all = app.courses().back().lessons;
            return app.command({Kind::open_lesson, {}, all[below(static_cast<uint32_t>(all.size()))]->id});
        }
        switch (below(3)) {
            case 0:
                return app.command({.kind = Kind::lesson_step, .number = static_cast<double>(below(12))});
            case 1:
                return app.command({Kind::lesson_next});
            default:
                return app.command({.kind = Kind::lesson_answer,
                                    .number = static_cast<double>(below(6)),
                                    .cell = Pin{static_cast<ViewKind>(below(6)), below(40)}});
        }
    }

    void act_directly() {
        const auto axis = static_cast<int>(below(3));
        const auto value = static_cast<int64_t>(below(7)) - 1;
        switch (below(12)) {
            case 8:
                return post(SetXray{some_view()});
            case 9:
                return post(SetTab{std::array{Tab::explore, Tab::xray, Tab::source}[below(3)]});
            case 10:
            case 11:
                take_lessons();
                return window_.frames(1);
            case 0:
                return post(SetAxis{static_cast<AxisField>(below(6)), axis, value, below(2) == 0});
            case 1:
                return post(SetCount{static_cast<CountField>(below(4)), value});
            case 2:
                return post(SetOperator{operators()[below(static_cast<uint32_t>(operators().size()))].op});
            case 3:
                return post(SetCell{static_cast<ViewKind>(1 + below(3)), value,
                                    below(5) == 0 ? NAN : static_cast<float>(value)});
            case 4:
                return post(SetWeightsFill{fills()[below(static_cast<uint32_t>(fills().size()))].fill});
            case 5:
                return post(PasteWeights{2, 2, {1, 2, 3, 4}});
            case 6:
                return post(SetBias{below(2) == 0});
            default:
                return post(SetSeed{below(100)});
        }
    }

    // Numbers that may or may not exist.
    XrayView some_view() {
        static const std::vector<std::string> kernels{"",
                                                      "naive",
                                                      "shared_tile",
                                                      "implicit_gemm",
                                                      "missing_guard",
                                                      "missing_barrier",
                                                      "no such kernel"};
        return {.kernel = kernels[below(static_cast<uint32_t>(kernels.size()))],
                .step = static_cast<int64_t>(below(5)) - 1,
                .block = below(12),
                .warp = static_cast<int64_t>(below(12)) - 1,
                .thread = std::max<int64_t>(static_cast<int64_t>(below(400)) - 100, -1),
                .position = std::max<int64_t>(static_cast<int64_t>(below(600)) - 50, -1),
                .heat = below(3) == 0,
                .panel = static_cast<XrayPanel>(below(5))};
    }

    void post(const Action& action) {
        window_.app().act(action);
        window_.frames(1);
    }

    void open_something() {
        using Kind = Command::Kind;
        const std::string experiment = home_.file("experiment.json");
        switch (below(5)) {
            case 0:
                window_.app().command({Kind::save_file, experiment});
                break;
            case 1:
                window_.app().command({Kind::open_file, experiment});
                break;
            case 2:
                window_.app().command({Kind::open_file, "/no/such/file.npy"});
                break;
            case 3:
                window_.app().command({Kind::save_tensor, home_.file("output.npy"), "output"});
                break;
            default: {
                Settings settings = window_.app().settings();
                settings.theme = below(2) == 0 ? Theme::dark : Theme::light;
                window_.app().set(settings);
            }
        }
        window_.frames(1);
    }

    OffscreenApp& window_;
    const OwnHome& home_;
    std::mt19937_64 random_;
};

// Nothing that is shown as the present result is wrong or unfinished.
void expect_honest(App& app) {
    if (!app.settled() || !app.shown() || app.stale()) return;
    // A lesson shows what kernels compute that are broken on purpose.
    if (app.shown()->choice.device == "gallery") return;
    // A library that multiplies padding is rightly called wrong where a weight is NaN or infinite.
    const auto& weights = app.result()->tensors.weights->values;
    if (!std::ranges::all_of(weights, [](float w) { return std::isfinite(w); })) return;
    const Verification& v = app.shown()->verification;
    EXPECT_NE(v.state, Verification::State::wrong) << v.reason << "\n" << experiment_json(app.experiment());
    const bool exact = integers_are_exact(app.result()->problem);
    if (app.result()->finished && exact) {
        EXPECT_EQ(v.state, Verification::State::verified) << app.result()->problem.text();
    }
}

TEST(Soak, RandomActions) {
    if (!why_no_drawing().empty()) GTEST_SKIP() << why_no_drawing();
    const OwnHome home;
    AppOptions options = app_options(small_experiment(), CONVSCOPE_BINARY_DIR "/modules");
    options.refine = false;
    OffscreenApp window({700, 480}, options);
    ASSERT_TRUE(window.wait_for_result());
    Soak soak(window, home, 20261121);
    const int actions = wanted_actions();
    const auto settle = [&] {
        window.app().act(ReplaceExperiment{small_experiment()});
        for (int i = 0; i < 6; ++i) window.press_key(compat::Key::escape);
        window.app().command({Command::Kind::unpin_experiment});
        EXPECT_TRUE(window.wait_for_result(60));
        window.frames(20);
        return held_bytes();
    };
    size_t early = 0;
    int settled = 0;
    for (int i = 0; i < actions; ++i) {
        soak.act();
        soak.keep_small();
        expect_honest(window.app());
        if (i % 100 == 99 && window.wait_for_result(30)) {
            ++settled;
            expect_honest(window.app());
        }
        if (i == actions / 4) early = settle();
        if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) break;
    }
    const size_t late = settle();
    const double grown_mb = (static_cast<double>(late) - static_cast<double>(early)) / 1e6;
    std::printf("soak: %d actions, settled %d times, %.1f MB held, %.1f MB more than after a quarter\n",
                actions, settled, static_cast<double>(late) / 1e6, grown_mb);
    // Undo keeps 500 experiments, textures and the history of times their budgets; all are full by a quarter
    // of a long soak.
    EXPECT_LT(grown_mb, 60);
}

}  // namespace
}  // namespace convscope
