// Reads folders away from the interface: a folder on a network that is gone answers late, or never.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "folder_listing.h"

namespace convscope {

class FolderReader {
  public:
    struct Outcome {
        FolderListing listing{};  // or
        std::string error{};      // a sentence
    };

    FolderReader();
    ~FolderReader();  // waits for nothing: a reading that goes on is forgotten
    FolderReader(const FolderReader&) = delete;
    FolderReader& operator=(const FolderReader&) = delete;

    // Called on another thread when there is an outcome.
    void set_wake(std::function<void()> wake);
    // Returns at once; what was asked for before is forgotten.
    void read(const std::string& path);
    void forget();
    bool reading() const;
    std::optional<Outcome> take();

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // outlives this object for as long as a reading goes on
};

}  // namespace convscope
