#include "Depthwise.h"
#include "Processor.h"
#include <string.h>

// Steps and pixels of one product: together they stay in the second-nearest cache, a few pixels' steps in the nearest.
#define MOST_DEPTH 160
#define MOST_PIXELS 192
#define PITCH (MOST_PIXELS + 16)

bool sluice_convolution_is_depthwise(const struct sluice_convolution *convolution) {
    return convolution->groups > 1 && convolution->inputs == convolution->groups;
}

static int steps_of(const struct sluice_convolution *convolution) {
    return convolution->inputs / convolution->groups * convolution->kernel.down * convolution->kernel.across;
}

// In equal portions.
static int depth_of(int steps) {
    int portions = (steps + MOST_DEPTH - 1) / MOST_DEPTH;
    return (steps + portions - 1) / portions;
}

// Output planes of a group, with those that fill up the last block.
static int height_of(const struct sluice_convolution *convolution) {
    int rows = sluice_convolution_processor()->rows;
    return (convolution->outputs / convolution->groups + rows - 1) / rows * rows;
}

size_t sluice_convolution_packed(const struct sluice_convolution *convolution) {
    size_t steps = (size_t) steps_of(convolution);
    if (sluice_convolution_is_depthwise(convolution)) return steps * (size_t) convolution->outputs;
    return steps * (size_t) height_of(convolution) * (size_t) convolution->groups;
}

size_t sluice_convolution_scratch(const struct sluice_convolution *convolution) {
    if (sluice_convolution_is_depthwise(convolution)) return sluice_convolution_depthwise_scratch(convolution);
    return (size_t) depth_of(steps_of(convolution)) * PITCH;
}

void sluice_convolution_pack(const struct sluice_convolution *convolution, const float *weights, float *packed) {
    if (sluice_convolution_is_depthwise(convolution)) {
        memcpy(packed, weights, sizeof(float) * sluice_convolution_packed(convolution));
        return;
    }
    int steps = steps_of(convolution), depth = depth_of(steps), rows = sluice_convolution_processor()->rows;
    int outputs = convolution->outputs / convolution->groups;
    for (int group = 0; group < convolution->groups; group++, weights += (size_t) outputs * (size_t) steps)
        for (int from = 0; from < steps; from += depth)
            for (int block = 0; block < outputs; block += rows)
                for (int step = from; step < smaller(from + depth, steps); step++)
                    for (int row = block; row < block + rows; row++)
                        *packed++ = row < outputs ? weights[(size_t) row * (size_t) steps + (size_t) step] : 0;
}

/// Every output pixel from the input pixels at its own place.
static bool is_pointwise(
    const struct sluice_convolution *convolution, struct sluice_convolution_pair size,
    struct sluice_convolution_pair result) {
    return convolution->kernel.down == 1 && convolution->kernel.across == 1 && convolution->stride.down == 1 &&
           convolution->stride.across == 1 && convolution->padding.down == 0 && convolution->padding.across == 0 &&
           size.down == result.down && size.across == result.across;
}

void sluice_convolve(
    const struct sluice_convolution *convolution, const float *packed, const struct sluice_convolution_finish *finish,
    const float *from, struct sluice_convolution_pair size, float *to, struct sluice_convolution_pair result,
    float *scratch) {
    if (sluice_convolution_is_depthwise(convolution)) {
        sluice_convolution_depthwise(convolution, packed, finish, from, size, to, result, scratch);
        return;
    }
    const struct processor *processor = sluice_convolution_processor();
    int steps = steps_of(convolution), depth = depth_of(steps), pixels = result.down * result.across;
    // Rows mean nothing then: one long row.
    if (is_pointwise(convolution, size, result)) size = result = (struct sluice_convolution_pair) {1, pixels};
    int outputs = convolution->outputs / convolution->groups, inputs = convolution->inputs / convolution->groups;
    size_t height = (size_t) height_of(convolution), plane = (size_t) size.down * (size_t) size.across;
    const float *end = from + (size_t) convolution->inputs * plane;
    for (int group = 0; group < convolution->groups; group++) {
        struct window window = {*convolution, from + (size_t) (group * inputs) * plane, end, size, result, 0, 0};
        struct product product = {
            .pixels = scratch, .pitch = PITCH, .plane = (size_t) pixels, .height = outputs, .finish = *finish};
        product.finish.scales += group * outputs;
        product.finish.offsets += group * outputs;
        for (int first = 0; first < pixels; first += MOST_PIXELS) {
            window.first = first;
            window.count = product.width = smaller(MOST_PIXELS, pixels - first);
            product.to = to + (size_t) (group * outputs) * (size_t) pixels + first;
            for (int step = 0; step < steps; step += depth) {
                product.depth = smaller(depth, steps - step);
                product.continues = step > 0;
                product.ends = step + product.depth == steps;
                product.weights = packed + height * ((size_t) group * (size_t) steps + (size_t) step);
                sluice_convolution_gather(&window, step, product.depth, scratch, PITCH);
                processor->multiply(&product);
            }
        }
    }
}
