#include <array>
#include <filesystem>
#include <fstream>

#include "core/errors.h"
#include "core/text.h"
#include "experiment_tensors.h"
#include "export/python_parts.h"
#include "export/python_text.h"

namespace convscope {
namespace {

constexpr const char* read_pillow_text = R"py(def read_image(path):
    """(C, H, W) from 0 to 1; alpha is dropped."""
    image = Image.open(path)
    if image.mode.startswith("I"):
        pixels, largest = np.asarray(image), 65535
    else:
        pixels, largest = np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")), 255
    planes = np.moveaxis(np.atleast_3d(pixels), -1, 0)
    return (planes.astype(np.float64) / largest).astype(np.float32)
)py";

constexpr const char* read_pnm_text = R"py(def read_image(path):
    """A PGM or PPM file as (C, H, W) from 0 to 1."""
    data = open(path, "rb").read()
    head = re.match(rb"P([2356])" + 3 * rb"(?:\s|#[^\r\n]*)+(\d+)", data)
    kind, width, height, largest = (int(group) for group in head.groups())
    channels = 3 if kind in (3, 6) else 1
    count = width * height * channels
    if kind < 4:
        values = np.array(re.sub(rb"#[^\r\n]*", b" ", data[head.end():]).split()[:count], dtype=np.float64)
    else:
        values = np.frombuffer(data, ">u2" if largest > 255 else "u1", count, head.end() + 1).astype(np.float64)
    return (values / largest).astype(np.float32).reshape(height, width, channels).transpose(2, 0, 1)
)py";

constexpr const char* scaled_text = R"py(def scaled(plane, rows, columns):
    """The mean of the pixels under each new one; where the picture grows, the nearest pixel."""
    height, width = plane.shape
    y, x = np.arange(rows) * height // rows, np.arange(columns) * width // columns
    sums = np.add.reduceat(np.add.reduceat(plane.astype(np.float64), y, axis=0), x, axis=1)
    counts = np.outer(np.maximum(np.diff(y, append=height), 1), np.maximum(np.diff(x, append=width), 1))
    return (sums / counts).astype(np.float32)
)py";

enum class Picture { pillow, jpeg, pnm };

// By the content where the file is there, else by the name.
Picture picture_of(const std::string& path) {
    std::array<char, 26> head{};
    std::ifstream(path, std::ios::binary).read(head.data(), head.size());
    const std::string_view start(head.data(), head.size());
    const auto refuse = [&](const char* what) {
        fail_request(
            cat(path, " is ", what, ", which Pillow does not read; a script reads other pictures and .npy"));
    };
    if (start.starts_with("#?R") || path.ends_with(".hdr")) refuse("an HDR picture");
    // PNG: the bits of a channel and, 0 being grey, the kind of colour.
    if (start.starts_with("\x89PNG") && start[24] == 16 && start[25] != 0)
        refuse("a picture of 16 bits in colour");
    if (start.starts_with("\xff\xd8\xff")) return Picture::jpeg;
    const bool pnm = start[0] == 'P' && start[1] >= '1' && start[1] <= '6';
    for (const char* ending : {".pgm", ".ppm", ".pnm"})
        if (start[0] == '\0' && path.ends_with(ending)) return Picture::pnm;
    return pnm ? Picture::pnm : Picture::pillow;
}

void add_image(PythonScript& script, const std::string& path) {
    script.imports.insert("import numpy as np");
    if (path.ends_with(".npy")) {
        script.body += cat("image = np.load(", python_string(path),
                           ").astype(np.float32)\nimage = image.reshape((1,) * (3 - image.ndim) + "
                           "image.shape[-3:])\n");
        return;
    }
    const Picture kind = picture_of(path);
    script.functions.insert(kind == Picture::pnm ? read_pnm_text : read_pillow_text);
    script.imports.insert(kind == Picture::pnm ? "import re" : "from PIL import Image");
    if (kind == Picture::jpeg)
        script.body +=
            "# Decoders of JPEG differ by a step or two of 255; a PNG gives the same numbers everywhere.\n";
    script.body += cat("image = read_image(", python_string(path), ")\n");
}

}  // namespace

void add_file_input(PythonScript& script, const InputSource& source, const Problem& problem) {
    const std::string path = std::filesystem::absolute(resolved_path(source.path)).string();
    const Shape shape = problem.input_shape();
    if (source.kind == InputSource::Kind::npy && path.ends_with(".npy")) {
        script.imports.insert("import numpy as np");
        script.body += cat("x = torch.from_numpy(np.load(", python_string(path),
                           ").astype(np.float32)).reshape", python_tuple(shape), "\n");
        return;
    }
    add_image(script, path);
    script.functions.insert(scaled_text);
    const Axes& size = problem.input();
    if (problem.in_channels() == 1)
        script.body +=
            "image = (image.astype(np.float64).sum(axis=0, keepdims=True) / len(image)).astype(np.float32)\n";
    script.body += cat("planes = [scaled(image[c % len(image)], ", size[1], ", ", size[2],
                       ") for c in range(", problem.in_channels(), ")]\n");
    const bool deep = problem.spatial_axes() == 3;
    script.body += cat("x = torch.from_numpy(np.stack(planes))", deep ? "[None, :, None]" : "[None]");
    if (problem.batch() > 1 || size[0] > 1)
        script.body += deep ? cat(".repeat(", problem.batch(), ", 1, ", size[0], ", 1, 1)")
                            : cat(".repeat(", problem.batch(), ", 1, 1, 1)");
    script.body += "\n";
}

}  // namespace convscope
