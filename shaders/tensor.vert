// One rectangle of the window, and the tensor cells that its corners show.
uniform vec4 u_rect;   // left, top, right, bottom in clip coordinates
uniform vec4 u_cells;  // the same corners in cells: column and row of the slice
out vec2 cell;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(mix(u_rect.xy, u_rect.zw, corner), 0.0, 1.0);
    cell = mix(u_cells.xy, u_cells.zw, corner);
}
