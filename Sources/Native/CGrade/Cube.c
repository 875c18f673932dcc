#include "Steps.h"

#include <math.h>

// As locals and behind pointers only: how one is passed depends on what the processor has.
typedef float quad __attribute__((vector_size(16)));
typedef float quad_anywhere __attribute__((vector_size(16), aligned(4)));
typedef int32_t quad_integers __attribute__((vector_size(16)));

// Where pixels lie in a cube. A cell is six tetrahedra around its diagonal from the corner nearest to black to the one
// nearest to white; `first` and `second` are the other two corners of the one that a pixel is in.
typedef struct {
    int32_t corner[BLOCK], first[BLOCK], second[BLOCK];
    // What each of the four counts, in their order.
    float weights[4][BLOCK];
} places;

VECTORS static void locate(
    const pass *self, const uint16_t *restrict red, const uint16_t *restrict green, const uint16_t *restrict blue,
    places *restrict to, int pixels) {
    int last = self->size - 2, across = 4, down = 4 * self->size, deep = down * self->size;
    float most = (float) (self->size - 1);
    float r_scale = self->scales[0], g_scale = self->scales[1], b_scale = self->scales[2];
    float r_start = self->starts[0], g_start = self->starts[1], b_start = self->starts[2];
    for (int index = 0; index < pixels; index++) {
        float r = red[index] * r_scale + r_start, g = green[index] * g_scale + g_start;
        float b = blue[index] * b_scale + b_start;
        r = r > 0 ? r < most ? r : most : 0;
        g = g > 0 ? g < most ? g : most : 0;
        b = b > 0 ? b < most ? b : most : 0;
        int x = (int) r, y = (int) g, z = (int) b;
        x = x < last ? x : last;
        y = y < last ? y : last;
        z = z < last ? z : last;
        r -= (float) x;
        g -= (float) y;
        b -= (float) z;
        float high = r > g ? r : g, low = r > g ? g : r;
        float middle = low > b ? low : high < b ? high : b;
        high = high > b ? high : b;
        low = low < b ? low : b;
        // Along the axis of the largest part first, along that of the smallest last.
        int longest = ((r >= g) & (r >= b)) ? across : g >= b ? down : deep;
        int shortest = ((b <= g) & (b <= r)) ? deep : g <= r ? down : across;
        int corner = x * across + y * down + z * deep;
        to->corner[index] = corner;
        to->first[index] = corner + longest;
        to->second[index] = corner + across + down + deep - shortest;
        to->weights[0][index] = 1 - high;
        to->weights[1][index] = high - middle;
        to->weights[2][index] = middle - low;
        to->weights[3][index] = low;
    }
}

VECTORS static void interpolate(
    const pass *self, const places *from, uint16_t *restrict red, uint16_t *restrict green, uint16_t *restrict blue,
    int pixels) {
    int opposite = 4 + 4 * self->size + 4 * self->size * self->size;
    const float *cube = self->cube;
    float amount = self->amount;
    const quad white = {65535, 65535, 65535, 65535}, half = {0.5f, 0.5f, 0.5f, 0.5f}, none = {0};
    for (int index = 0; index < pixels; index++) {
        const float *corner = cube + from->corner[index];
        quad value = from->weights[0][index] * (quad) *(const quad_anywhere *) corner
            + from->weights[1][index] * (quad) *(const quad_anywhere *) (cube + from->first[index])
            + from->weights[2][index] * (quad) *(const quad_anywhere *) (cube + from->second[index])
            + from->weights[3][index] * (quad) *(const quad_anywhere *) (corner + opposite);
        if (amount != 1) {
            quad own = {red[index], green[index], blue[index], 0};
            value = own + amount * (value - own);
        }
        value = __builtin_elementwise_min(__builtin_elementwise_max(value, none), white);
        quad_integers whole = __builtin_convertvector(value + half, quad_integers);
        red[index] = (uint16_t) whole[0];
        green[index] = (uint16_t) whole[1];
        blue[index] = (uint16_t) whole[2];
    }
}

void cube_prepare(pass *self, const step *cube) {
    *self = (pass) {.kind = PASS_CUBE, .size = cube->entries, .cube = cube->curve, .amount = cube->amount};
    for (int channel = 0; channel < 3; channel++) {
        float cells = (float) (cube->entries - 1) / (cube->high[channel] - cube->low[channel]);
        self->scales[channel] = cells / 65535;
        self->starts[channel] = -cube->low[channel] * cells;
    }
}

void cube_run(const pass *self, uint16_t *const planes[3], int pixels) {
    places found;
    locate(self, planes[0], planes[1], planes[2], &found, pixels);
    interpolate(self, &found, planes[0], planes[1], planes[2], pixels);
}
