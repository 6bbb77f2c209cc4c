// Owners of what CUDA hands out. Each gives its own back, whatever happens in between; a failure to do so is
// not reported, for the error that led there already is.
#pragma once
#include <cstdint>
#include <string>

#include "devices/gpu/cuda_context.h"

namespace convscope {

class DeviceBuffer {
  public:
    // `what` stands in the sentence where the memory is not there: "the output".
    DeviceBuffer(ContextPtr context, int64_t bytes, const std::string& what);
    ~DeviceBuffer();
    DeviceBuffer(const DeviceBuffer&) = delete;
    DeviceBuffer& operator=(const DeviceBuffer&) = delete;

    void* data() const { return memory_; }  // aligned to 256 bytes
    int64_t bytes() const { return bytes_; }
    const ContextPtr& context() const { return context_; }

  private:
    ContextPtr context_;
    int64_t bytes_;
    void* memory_;
};

class Stream {
  public:
    explicit Stream(ContextPtr context);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    StreamHandle handle() const { return stream_; }
    // Waits for all that was queued. Throws Error(failed): "CUDA failed DOING: …".
    void wait(std::string_view doing) const;

  private:
    ContextPtr context_;
    StreamHandle stream_ = nullptr;
};

class Event {
  public:
    explicit Event(ContextPtr context);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void record(const Stream& stream) const;
    // Waits for `stop`, and gives the milliseconds from `start` to it; `doing` names what lies between.
    static double milliseconds(const Event& start, const Event& stop, std::string_view doing);

  private:
    ContextPtr context_;
    EventHandle event_ = nullptr;
};

// A GL texture registered for writing. Made and ended on the GL thread.
class GraphicsResource {
  public:
    GraphicsResource(ContextPtr context, unsigned texture);
    ~GraphicsResource();
    GraphicsResource(const GraphicsResource&) = delete;
    GraphicsResource& operator=(const GraphicsResource&) = delete;

    ResourceHandle handle() const { return resource_; }

  private:
    ContextPtr context_;
    ResourceHandle resource_ = nullptr;
};

// The time in which CUDA may write a texture; OpenGL may use it again after done().
class MappedTexture {
  public:
    MappedTexture(ContextPtr context, const GraphicsResource& resource, const Stream& stream);
    ~MappedTexture();
    MappedTexture(const MappedTexture&) = delete;
    MappedTexture& operator=(const MappedTexture&) = delete;

    ArrayHandle array() const;
    void done();

  private:
    ContextPtr context_;
    const GraphicsResource& resource_;
    const Stream& stream_;
    bool mapped_ = false;
};

}  // namespace convscope
