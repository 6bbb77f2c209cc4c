#include "window_app.h"

#include <imgui.h>
#include <imgui_impl_opengl3.h>

#include <algorithm>
#include <cfloat>

#include "core/errors.h"
#include "core/text.h"
#include "panels/pictures.h"
#include "program_files.h"
#include "widgets/fonts.h"
#include "widgets/registry.h"
#include "widgets/theme.h"
#include "window_recording.h"

namespace convscope {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool has_output(const Result& result) {
    return std::ranges::any_of(result.rows, [](const KernelResult& row) { return row.output != nullptr; });
}

// A device that is not there is not silently another one.
void require_device(const std::string& name, const Devices& devices) {
    std::vector<std::string> names;
    for (const auto& device : devices.present) {
        if (name.empty() || device->name() == name) return;
        names.push_back(device->name());
    }
    for (const MissingDevice& missing : devices.missing)
        if (missing.name == name)
            fail_request(cat("the experiment's device ", name, " is not there: ", missing.reason));
    if (!name.empty())
        fail_request(cat("the experiment's device '", name, "' is not known; ", joined(names, " or "),
                         " can be chosen here"));
}

// Where no kernel gave an output: the first reason that a row gives.
std::string why_no_output(const Result& result) {
    if (has_output(result)) return {};
    for (const KernelResult& row : result.rows)
        if (!row.reason.empty()) {
            const std::string name = cat(row.choice.device, " ", row.choice.kernel);
            return row.reason.starts_with(name) ? row.reason : cat(name, ": ", row.reason);
        }
    return {};
}

// The shown kernel comes first, so that its output is there first; the others follow in the table's order.
Request make_request(const Experiment& e, const Devices& devices, TensorMaker& tensors) {
    const Problem problem(e.spec);
    require_device(e.device, devices);
    std::vector<KernelChoice> kernels = ticked_kernels(e, devices, problem);
    if (const auto shown = shown_kernel(e, devices, problem)) {
        const auto place = std::ranges::find(kernels, *shown);
        std::rotate(kernels.begin(), place, place + 1);
    }
    Request request{problem, tensors.make(e, problem), std::move(kernels), TimingEffort::quick(), Verify{}};
    request.middle = true;
    return request;
}

}  // namespace

AppOptions app_options(const Experiment& experiment, const std::string& modules) {
    const std::string folder = modules.empty() ? modules_folder() : modules;
    return {.experiment = experiment,
            .find_devices = [folder] { return find_devices(folder); },
            .xray = xray_services(folder),
            .modules_folder = folder};
}

App::App(std::unique_ptr<gl::Surface> surface, AppOptions options)
    : surface_(std::move(surface)),
      history_(options.experiment),
      tensors_(std::make_shared<TensorMaker>()),
      options_(std::move(options)),
      settings_(options_.settings),
      errands_([surface_behind = surface_.get()] { surface_behind->wake(); }),
      runner_({.find_devices = options_.find_devices,
               .load = [](const std::string& path) { return read_input_file(resolved_path(path)); },
               .wake = [surface_behind = surface_.get()] { surface_behind->wake(); }}),
      xray_(options_.xray, [surface_behind = surface_.get()] { surface_behind->wake(); }) {
    renderer_ = gl::renderer_description();
    context_ = ImGui::CreateContext();
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;  // the window's layout follows from its size
    io.ConfigWindowsMoveFromTitleBarOnly = true;
    surface_->start_imgui();
    ImGui_ImplOpenGL3_Init("#version 330 core");
    ImGui_ImplOpenGL3_NewFrame();  // makes its GL objects, before fonts are loaded into them
    textures_ = std::make_unique<gl::TensorTextures>();
    painter_ = std::make_unique<gl::TensorPainter>();
    memory_.browser.set_wake([surface_behind = surface_.get()] { surface_behind->wake(); });
    submit();
}

App::~App() {
    runner_.cancel();
    ImGui::SetCurrentContext(context_);
    textures_.reset();
    painter_.reset();
    ImGui_ImplOpenGL3_Shutdown();
    surface_->stop_imgui();
    ImGui::DestroyContext(context_);
}

void App::adjust_look() {
    const Theme theme = settings_.theme;
    float scale = settings_.scale * surface_->content_scale();
    // A room reads from afar: the higher the screen, the more of it goes to size.
    constexpr float height_in_front_of_one = 600;
    if (lessons_.presenting)
        scale *= std::clamp(static_cast<float>(surface_->size().height) / scale / height_in_front_of_one,
                            1.5f, 2.2f);
    scale = std::clamp(scale, 0.4f, 6.0f);
    if (scale == look_scale_ && theme == look_theme_) return;
    if (scale != look_scale_) load_fonts(scale);
    apply_theme(theme, scale);
    look_scale_ = scale;
    look_theme_ = theme;
}

State App::state() {
    const ProblemSpec& spec = experiment().spec;
    State s{.experiment = experiment(),
            .settings = settings_,
            .history = times_,
            .textures = *textures_,
            .painter = *painter_};
    s.broken = broken_rules(spec);
    if (s.broken.empty()) s.problem = Problem(spec);
    s.devices = runner_.devices();
    s.result = result_;
    s.shown = shown();
    s.stale = stale();
    s.busy = busy();
    if (news_) s.stage = news_->stage;
    set_progress(s);
    s.can_undo = history_.can_undo();
    s.can_redo = history_.can_redo();
    s.trouble = trouble_;
    s.banner = banner_;
    s.notice = notice_;
    s.pinned = pinned_ ? &*pinned_ : nullptr;
    s.renderer = renderer_;
    s.sharing = textures_->shared()
                    ? "Outputs stay on the GPU: the device writes the texture."
                    : cat("Outputs are copied from host memory",
                          textures_->sharing().empty() ? "." : cat(": ", textures_->sharing()));
    s.latency_ms = latency_ms_;
    s.frame_ms = frame_ms_;
    s.hover = memory_.hover;
    s.focus = present_focus(s, memory_);
    s.xray = xray_.news();
    s.modules_folder = options_.modules_folder;
    s.xray_settled = xray_settled();
    s.xray_share = xray_.share();
    s.lesson = lesson_state(s.devices.get());
    return s;
}

// How far the present computation is, and how long it may still take.
void App::set_progress(State& s) const {
    if (!news_ || !s.busy) return;
    const Result& news = *news_;
    s.progress =
        std::max(news.progress, news.stage_from + runner_.share() * (news.stage_to - news.stage_from));
    const double elapsed = milliseconds_since(submitted_at_) / 1000;
    constexpr double told_after_s = 1, least_progress = 0.02;
    if (elapsed > told_after_s && s.progress > least_progress)
        s.seconds_left = elapsed * (1 - s.progress) / s.progress;
}

// Panels say what was done; here it gets old.
void App::age_notice() {
    constexpr double lasts_ms = 5000;
    if (notice_ != aging_notice_) {
        aging_notice_ = notice_;
        notice_at_ = Clock::now();
    }
    if (milliseconds_since(notice_at_) > lasts_ms) notice_.clear();
}

void App::notify(const std::string& words) {
    notice_ = words;
    aging_notice_.clear();
}

// A picture shows no tooltip and nothing that the mouse lights up.
void App::hide_mouse() {
    ImGui::GetIO().MousePos = {-FLT_MAX, -FLT_MAX};
    memory_.hover = {};
}

void App::frame(const std::function<void()>& before) {
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    collect_news();
    adjust_look();
    surface_->bind();
    ImGui_ImplOpenGL3_NewFrame();
    surface_->new_frame();
    if (before) before();
    const ImVec2 mouse = io.MousePos;
    if (picture_ || recording_) hide_mouse();
    const auto start = Clock::now();
    ImGui::NewFrame();
    animate(static_cast<double>(ImGui::GetIO().DeltaTime));
    play_xray(static_cast<double>(ImGui::GetIO().DeltaTime));
    tend_lessons();
    ask_xray();
    registry().new_frame();
    painter_->new_frame();
    Post post;
    {
        const State present = state();
        read_keyboard(present, memory_, post);
        draw_windows(present, post);
    }
    ImGui::Render();
    surface_->bind();
    surface_->clear(palette().panel.x, palette().panel.y, palette().panel.z);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    prefetch();
    textures_->end_frame();
    record_frame();
    if (picture_) take_picture();
    io.MousePos = mouse;
    surface_->present();
    last_frame_ms_ = milliseconds_since(start);
    frame_ms_ = frame_ms_ * 0.8 + last_frame_ms_ * 0.2;
    if (pixels_due_) {
        latency_ms_ = milliseconds_since(changed_at_);
        pixels_due_ = false;
    }
    if (post.settings) set(*post.settings);
    for (const Action& action : post.actions) act(action);
    for (const Command& wanted : post.commands) command(wanted);
}

// While nothing computes, the other channels follow, so that choosing one costs nothing then.
void App::prefetch() {
    constexpr double seconds_a_frame = 0.004;
    prefetching_ = false;
    if (!settled() || stale() || latency_open_ || pixels_due_ || memory_.animation.playing) return;
    const State present = state();
    const auto pictures = present_pictures(present);
    if (!pictures || !pictures->shown) return;
    const Prefetched wanted{pictures->shown->output, pictures->planes};
    if (wanted == prefetched_) return;
    for (const ViewKind view : {ViewKind::output, ViewKind::input, ViewKind::weights, ViewKind::middle}) {
        const gl::TensorRef tensor = tensor_of(*pictures, view);
        if (!tensor || textures_->prefetch(tensor, slice_of(pictures->planes, view), seconds_a_frame))
            continue;
        prefetching_ = true;
        return;
    }
    prefetched_ = wanted;
}

void App::set(const Settings& settings) {
    settings_ = settings;
    settings_.scale = legal_scale(settings.scale);
}

void App::act(const Action& action) {
    const Experiment before = experiment();
    if (history_.act(action)) experiment_changed(before);
}

void App::experiment_changed(const Experiment& before) {
    if (same_computation(before, experiment())) return;
    changed_at_ = Clock::now();
    latency_open_ = true;
    submit();
}

void App::submit() {
    ++wanted_id_;
    submitted_at_ = Clock::now();
    trouble_.clear();
    news_.reset();
    if (!broken_rules(experiment().spec).empty()) {
        take_back_banner();
        runner_.cancel();
        return;
    }
    runner_.submit(
        {.id = wanted_id_,
         .make_request = [e = experiment(), tensors = tensors_](
                             const Devices& devices) { return make_request(e, devices, *tensors); },
         .refine = options_.refine});
}

void App::collect_news() {
    if (const auto update = runner_.take_update()) accept(*update);
    if (const auto loaded = runner_.take_loaded()) accept(*loaded);
    while (const auto outcome = errands_.take()) saved(*outcome);
    if (const auto dropped = surface_->take_dropped_files(); !dropped.empty()) drop(dropped);
    age_notice();
}

void App::accept(const BackgroundRunner::Update& update) {
    const bool present = update.id == wanted_id_;
    if (present && update.result) news_ = update.result;
    const bool ended = present && update.finished && !update.cancelled;
    const bool worth_showing = update.result && (has_output(*update.result) || ended);
    if (worth_showing && update.id >= result_id_) {
        if (present && latency_open_) {
            pixels_due_ = true;
            latency_open_ = false;
        }
        result_ = update.result;
        result_id_ = update.id;
    }
    if (!present || !update.finished) return;
    if (update.result) remember_times(*update.result);
    finished_id_ = update.id;
    if (!update.error.empty())
        trouble_ = update.error;
    else if (update.cancelled)
        trouble_ = "The computation was cancelled.";
    else if (update.result)
        trouble_ = why_no_output(*update.result);
    // What was cancelled was the user's wish; any other reason is told where it cannot be missed.
    take_back_banner();
    if (!update.cancelled && !trouble_.empty()) banner_ = request_banner_ = trouble_;
}

// Refined times of the present experiment take the place of its first ones.
void App::remember_times(const Result& result) {
    constexpr size_t most_changes = 200;
    HistoryEntry entry{.problem = result.problem.text(), .times = {}};
    for (const KernelResult& row : result.rows)
        if (row.timing) entry.times.push_back({row.choice, row.timing->median_ms});
    if (entry.times.empty()) return;
    if (timed_id_ == wanted_id_) times_.pop_back();
    timed_id_ = wanted_id_;
    if (times_.size() == most_changes) times_.erase(times_.begin());
    times_.push_back(std::move(entry));
}

void App::take_back_banner() {
    if (banner_ == request_banner_) banner_.clear();
    request_banner_.clear();
}

const KernelResult* App::shown() const {
    const auto devices = runner_.devices();
    if (!result_ || !devices) return nullptr;
    const auto wanted = shown_kernel(experiment(), *devices, result_->problem);
    const KernelResult* any = nullptr;
    for (const KernelResult& row : result_->rows) {
        if (!row.output) continue;
        if (wanted && row.choice == *wanted) return &row;
        if (!any) any = &row;
    }
    return any;
}

bool App::stale() const {
    return result_ && result_id_ != wanted_id_;
}

bool App::settled() const {
    return finished_id_ == wanted_id_ && !busy() && xray_settled();
}

}  // namespace convscope
