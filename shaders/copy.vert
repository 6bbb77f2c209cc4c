// One rectangle of the window.
uniform vec4 u_rect;  // left, top, right, bottom in clip coordinates

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(mix(u_rect.xy, u_rect.zw, corner), 0.0, 1.0);
}
