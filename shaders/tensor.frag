#version 330 core
// A tensor slice as colours: value -> range -> colour map, all per pixel, so that none of it needs an upload.
in vec2 cell;
out vec4 colour;
uniform sampler2D u_plane[3];  // one slice, or red, green and blue
uniform sampler2D u_maps;      // one colour map a row
uniform float u_map_row;       // in texture coordinates
uniform bool u_composite;
uniform vec2 u_range;      // the values at the two ends of the colour map
uniform vec2 u_size;       // columns and rows of the slice
uniform vec2 u_cell_px;    // screen pixels per cell
uniform vec4 u_grid;       // colour of the lines between cells
uniform vec3 u_nan;
uniform vec3 u_inf;

// Several cells on a pixel: their average. Large cells: exactly one value. Between: the value with edges one
// pixel soft, so that cells of unequal whole pixels do not flicker.
float value(sampler2D plane) {
    float size = min(u_cell_px.x, u_cell_px.y);
    if (size >= 12.0) return texelFetch(plane, ivec2(clamp(cell, vec2(0.0), u_size - 1.0)), 0).r;
    if (size < 1.0) return texture(plane, cell / u_size).r;
    vec2 soft = floor(cell) + 0.5 + sign(fract(cell) - 0.5) *
                max(abs(fract(cell) - 0.5) * u_cell_px - (u_cell_px - 1.0) * 0.5, 0.0);
    return textureLod(plane, soft / u_size, 0.0).r;
}

float in_range(float v) {
    float width = u_range.y - u_range.x;
    return width > 0.0 ? clamp((v - u_range.x) / width, 0.0, 1.0) : 0.5;
}

// Stripes keep NaN and Inf apart from every colour that a map can have.
vec3 striped(vec3 base) {
    float stripe = step(0.5, fract((gl_FragCoord.x + gl_FragCoord.y) / 8.0));
    return mix(base, base * 0.55, stripe);
}

vec3 mapped(float v) {
    if (isnan(v)) return striped(u_nan);
    if (isinf(v)) return striped(u_inf);
    float t = in_range(v) * (255.0 / 256.0) + 0.5 / 256.0;
    return texture(u_maps, vec2(t, u_map_row)).rgb;
}

void main() {
    if (any(lessThan(cell, vec2(0.0))) || any(greaterThanEqual(cell, u_size))) discard;
    vec3 c;
    if (u_composite) {
        vec3 v = vec3(value(u_plane[0]), value(u_plane[1]), value(u_plane[2]));
        if (any(isnan(v))) c = striped(u_nan);
        else if (any(isinf(v))) c = striped(u_inf);
        else c = vec3(in_range(v.r), in_range(v.g), in_range(v.b));
    } else {
        c = mapped(value(u_plane[0]));
    }
    // Lines between cells fade in as cells grow from 6 to 16 pixels.
    float size = min(u_cell_px.x, u_cell_px.y);
    vec2 to_line = abs(fract(cell - 0.5) - 0.5) * u_cell_px;
    float line = min(to_line.x, to_line.y) < 0.5 ? smoothstep(6.0, 16.0, size) : 0.0;
    colour = vec4(mix(c, u_grid.rgb, line * u_grid.a), 1.0);
}
