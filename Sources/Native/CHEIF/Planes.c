#include "Planes.h"

// BT.601 as whole numbers of 16 bits behind the point.
enum { SHIFT = 16, HALF = 1 << (SHIFT - 1) };

typedef struct {
    int blue, red;
} colours;

static inline int luma_of(const uint8_t *pixel) {
    return (19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + HALF) >> SHIFT;
}

static inline colours colours_of(int red, int green, int blue) {
    return (colours){
        .blue = -11058 * red - 21710 * green + 32768 * blue, .red = 32768 * red - 27439 * green - 5329 * blue};
}

// `sum` is that of 2^`more` pixels.
static inline uint8_t around_middle(int sum, int more) {
    int value = ((sum >> more) + HALF + (128 << SHIFT)) >> SHIFT;
    return value > 255 ? 255 : value;
}

static void fill_chroma(heif_planes *self, int line, const uint8_t *pixels) {
    uint8_t *blue = self->bytes[1] + (long) line * self->strides[1];
    uint8_t *red = self->bytes[2] + (long) line * self->strides[2];
    for (int x = 0; x < self->width; x++, pixels += self->bands) {
        colours found = colours_of(pixels[0], pixels[1], pixels[2]);
        blue[x] = around_middle(found.blue, 0);
        red[x] = around_middle(found.red, 0);
    }
}

// The mean of four pixels; at an odd edge those there are count twice.
static void fill_half_chroma(heif_planes *self, int line, const uint8_t *pixels) {
    int bands = self->bands, is_second = line & 1, is_last = line == self->height - 1;
    uint8_t *blue = self->bytes[1] + (long) (line / 2) * self->strides[1];
    uint8_t *red = self->bytes[2] + (long) (line / 2) * self->strides[2];
    for (int x = 0; x < (self->width + 1) / 2; x++, pixels += 2 * bands) {
        const uint8_t *next = 2 * x + 1 < self->width ? pixels + bands : pixels;
        colours sum = colours_of(pixels[0] + next[0], pixels[1] + next[1], pixels[2] + next[2]);
        int *above = self->waiting + 2 * x;
        if (is_second) {
            sum.blue += above[0];
            sum.red += above[1];
        } else if (is_last) {
            sum.blue *= 2;
            sum.red *= 2;
        } else {
            above[0] = sum.blue;
            above[1] = sum.red;
            continue;
        }
        blue[x] = around_middle(sum.blue, 2);
        red[x] = around_middle(sum.red, 2);
    }
}

void sluice_heif_fill(heif_planes *self, int line, const uint8_t *pixels) {
    uint8_t *luma = self->bytes[0] + (long) line * self->strides[0];
    for (int x = 0; x < self->width; x++) luma[x] = luma_of(pixels + x * self->bands);
    if (self->bytes[3]) {
        uint8_t *alpha = self->bytes[3] + (long) line * self->strides[3];
        for (int x = 0; x < self->width; x++) alpha[x] = pixels[x * self->bands + 3];
    }
    if (self->is_full_chroma)
        fill_chroma(self, line, pixels);
    else
        fill_half_chroma(self, line, pixels);
}
