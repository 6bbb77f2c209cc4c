#include "devices/gpu/cuda_owners.h"

#include "core/text.h"

namespace convscope {

DeviceBuffer::DeviceBuffer(ContextPtr context, int64_t bytes, const std::string& what)
    : context_(std::move(context)), bytes_(bytes), memory_(context_->allocate(bytes, what)) {}

// A buffer may end on any thread, and freeing needs its GPU selected there.
DeviceBuffer::~DeviceBuffer() {
    context_->cuda().select_device(context_->ordinal());
    context_->cuda().free(memory_);
}

Stream::Stream(ContextPtr context) : context_(std::move(context)) {
    context_->check(context_->cuda().create_stream(&stream_), "creating a stream");
}

Stream::~Stream() {
    context_->cuda().destroy_stream(stream_);
}

void Stream::wait(std::string_view doing) const {
    context_->check(context_->cuda().synchronize_stream(stream_), doing);
}

Event::Event(ContextPtr context) : context_(std::move(context)) {
    context_->check(context_->cuda().create_event(&event_), "creating an event for timing");
}

Event::~Event() {
    context_->cuda().destroy_event(event_);
}

void Event::record(const Stream& stream) const {
    context_->check(context_->cuda().record_event(event_, stream.handle()), "recording an event for timing");
}

double Event::milliseconds(const Event& start, const Event& stop, std::string_view doing) {
    const CudaContext& context = *stop.context_;
    context.check(context.cuda().synchronize_event(stop.event_), doing);
    double milliseconds = 0;
    context.check(context.cuda().elapsed_ms(&milliseconds, start.event_, stop.event_),
                  "reading the time between two events");
    return milliseconds;
}

GraphicsResource::GraphicsResource(ContextPtr context, unsigned texture) : context_(std::move(context)) {
    context_->check(context_->cuda().gl_register_texture(&resource_, texture),
                    cat("registering OpenGL texture ", texture));
}

GraphicsResource::~GraphicsResource() {
    context_->cuda().select_device(context_->ordinal());
    context_->cuda().gl_unregister(resource_);
}

MappedTexture::MappedTexture(ContextPtr context, const GraphicsResource& resource, const Stream& stream)
    : context_(std::move(context)), resource_(resource), stream_(stream) {
    context_->check(context_->cuda().gl_map(resource_.handle(), stream_.handle()), "mapping the texture");
    mapped_ = true;
}

MappedTexture::~MappedTexture() {
    if (mapped_) context_->cuda().gl_unmap(resource_.handle(), stream_.handle());
}

ArrayHandle MappedTexture::array() const {
    ArrayHandle array = nullptr;
    context_->check(context_->cuda().gl_array(&array, resource_.handle()), "asking for the texture's memory");
    return array;
}

void MappedTexture::done() {
    mapped_ = false;
    context_->check(context_->cuda().gl_unmap(resource_.handle(), stream_.handle()),
                    "giving the texture back to OpenGL");
}

}  // namespace convscope
