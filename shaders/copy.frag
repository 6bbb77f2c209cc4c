// Pixels that were drawn before, at the place where they were.
out vec4 colour;
uniform sampler2D u_picture;
uniform ivec2 u_corner;  // of the picture on the frame, from below

void main() {
    colour = texelFetch(u_picture, ivec2(gl_FragCoord.xy) - u_corner, 0);
}
