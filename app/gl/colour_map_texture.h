// All colour maps in one texture, one a row.
#pragma once
#include "experiment_colours.h"

namespace convscope::gl {

class ColourMapTexture {
  public:
    ColourMapTexture();
    ~ColourMapTexture();
    ColourMapTexture(const ColourMapTexture&) = delete;
    ColourMapTexture& operator=(const ColourMapTexture&) = delete;
    unsigned id() const { return id_; }
    // The texture coordinate of the map's row.
    static float row(ColourMap map);

  private:
    unsigned id_ = 0;
};

}  // namespace convscope::gl
