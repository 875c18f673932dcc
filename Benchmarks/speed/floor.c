// What the work itself costs, without a journal, isolation, digests or sidecars.
//
//   floor vips PROCESSES LIST OUT SIDE...    libvips' calls of Sluice's worker, JPEG to JPEG
//   floor decode PROCESSES LIST SIDE...      libjpeg-turbo alone, at the plan's shrink for the largest side
//   floor decode PROCESSES LIST              the same, at full size
//   floor encode PROCESSES LIST              libjpeg-turbo alone: what is in LIST is decoded, and encoded again
//   floor digest PROCESSES LIST              read, and SHA-256
//
// LIST has a path a line. Prints the CPU seconds of the part named; those of start-up and of what leads to the part are
// not in them (but in the process's own). Each picture goes to the next process that is free, as to a worker.
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h>

// The worker's own shims: the same calls with the same options.
#include "../../Sources/CVips/shim.h"

enum { quality = 82, tile_height = 16, most_sides = 16, most_processes = 64 };

typedef struct { int width, height; } size;
// A size, and the exact scale that leads to it.
typedef struct { size to; double scale; } target;
// What the processes share.
typedef struct { atomic_int next; double seconds[most_processes]; } board;

static const char *mode, *out;
static int sides[most_sides], side_count;
static char **paths;
static int path_count;

static void fail(const char *what, const char *path) {
    fprintf(stderr, "floor: %s: %s\n%s", what, path ? path : "", vips_error_buffer());
    exit(1);
}

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

// The plan, as Sources/Imaging has it: ResizeGeometry.swift, Plan.swift.

static int jpeg_shrink(double shrink, size of) {
    int wanted = shrink >= 16 ? 8 : shrink >= 8 ? 4 : shrink >= 4 ? 2 : 1;
    while (wanted > of.width || wanted > of.height) wanted /= 2;
    return wanted;
}

static double factor(size of, int side) {
    return fmax(1, fmax((double) of.width / side, (double) of.height / side));
}

static size scaled(size of, double scale) {
    return (size) { fmax(1, round(of.width * scale)), fmax(1, round(of.height * scale)) };
}

static target geometry(size of, int side) {
    int divisor = jpeg_shrink(factor(of, side), of);
    size start = { of.width / divisor, of.height / divisor };
    double rest = factor(start, side);
    return (target) { scaled(start, 1 / rest), 1 / rest / divisor };
}

static int largest_side(void) {
    int largest = 0;
    for (int i = 0; i < side_count; i++) if (sides[i] > largest) largest = sides[i];
    return largest;
}

// The one resampling call.
static int resample(VipsImage *in, VipsImage **result, double horizontal, double vertical) {
    return sluice_resize(in, result, horizontal, vertical);
}

// Takes `in` over. `scale` is that of `in` from the source, and becomes that of the result: Picture.swift.
static VipsImage *resized(VipsImage *in, double *scale, target target) {
    if (in->Xsize == target.to.width && in->Ysize == target.to.height) return in;
    double horizontal = (double) target.to.width / in->Xsize, vertical = (double) target.to.height / in->Ysize;
    size exact = scaled((size) { in->Xsize, in->Ysize }, target.scale / *scale);
    if (exact.width == target.to.width && exact.height == target.to.height)
        horizontal = vertical = target.scale / *scale;
    *scale = target.scale;
    VipsImage *result;
    if (resample(in, &result, horizontal, vertical)) fail("resize", NULL);
    g_object_unref(in);
    return result;
}

static VipsImage *load(int descriptor, int shrink) {
    lseek(descriptor, 0, SEEK_SET);
    VipsSource *source = vips_source_new_from_descriptor(descriptor);
    VipsImage *image;
    if (!source || sluice_jpegload(source, &image, shrink, VIPS_FAIL_ON_ERROR)) fail("load", NULL);
    g_object_unref(source);
    return image;
}

static void save(VipsImage *in, const char *path, int side) {
    const char *stem = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char name[4096];
    snprintf(name, sizeof name, "%s/%.*s-%d.jpg", out, (int) strcspn(stem, "."), stem, side);
    int descriptor = open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
    VipsTarget *target = vips_target_new_to_descriptor(descriptor);
    // The worker takes metadata away on a copy.
    VipsImage *copy;
    if (!target || sluice_copy(in, &copy, in->Type)) fail("save", name);
    vips_image_remove(copy, VIPS_META_EXIF_NAME);
    if (sluice_jpegsave(copy, target, quality, 0, 0, VIPS_FOREIGN_SUBSAMPLE_AUTO)) fail("save", name);
    g_object_unref(copy);
    g_object_unref(target);
    close(descriptor);
}

static void start_vips(void) {
    if (vips_init("floor") || sluice_set_options(tile_height)) fail("libvips does not start", NULL);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
}

static void with_vips(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail("open", path);
    // Once for the header, and once as the plan says.
    VipsImage *image = load(descriptor, 1);
    size of = { image->Xsize, image->Ysize };
    g_object_unref(image);
    int shrink = jpeg_shrink(factor(of, largest_side()), of);
    image = load(descriptor, shrink);
    double scale = 1.0 / shrink;
    if (side_count > 1) {
        image = resized(image, &scale, geometry(of, largest_side()));
        VipsImage *stored = vips_image_copy_memory(image);
        if (!stored) fail("decode", path);
        g_object_unref(image);
        image = stored;
    }
    for (int i = 0; i < side_count; i++) {
        double own = scale;
        g_object_ref(image);
        VipsImage *rendition = resized(image, &own, geometry(of, sides[i]));
        save(rendition, path, sides[i]);
        g_object_unref(rendition);
    }
    g_object_unref(image);
    close(descriptor);
}

// A file's bytes, to be freed.
static unsigned char *contents(const char *path, size_t *length) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status)) fail("open", path);
    unsigned char *bytes = malloc(status.st_size);
    *length = 0;
    for (ssize_t count; (count = read(descriptor, bytes + *length, status.st_size - *length)) > 0;) *length += count;
    close(descriptor);
    return bytes;
}

// Decodes with the settings of libvips' loader. The pixels are kept where `pixels` is given, to be freed.
static size decode(const unsigned char *bytes, size_t length, int for_side, unsigned char **pixels) {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes, length);
    jpeg_read_header(&jpeg, TRUE);
    size of = { jpeg.image_width, jpeg.image_height };
    jpeg.scale_num = 1;
    jpeg.scale_denom = for_side ? jpeg_shrink(factor(of, for_side), of) : 1;
    jpeg_start_decompress(&jpeg);
    size_t stride = (size_t) jpeg.output_width * jpeg.output_components;
    unsigned char *block = malloc(pixels ? stride * jpeg.output_height : stride);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW line = block + (pixels ? stride * jpeg.output_scanline : 0);
        jpeg_read_scanlines(&jpeg, &line, 1);
    }
    of = (size) { jpeg.output_width, jpeg.output_height };
    jpeg_destroy_decompress(&jpeg);
    if (pixels) *pixels = block; else free(block);
    return of;
}

static void encode(unsigned char *pixels, size of) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &length);
    jpeg.image_width = of.width;
    jpeg.image_height = of.height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW line = pixels + (size_t) jpeg.next_scanline * of.width * 3;
        jpeg_write_scanlines(&jpeg, &line, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(bytes);
}

static void digest(const unsigned char *bytes, size_t length) {
    struct sha256_ctx context;
    uint8_t result[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, length, bytes);
    sha256_digest(&context, sizeof result, result);
}

// CPU seconds of the part of this picture that the mode is about.
static double measure(const char *path) {
    double start = processor_seconds();
    if (!strcmp(mode, "vips")) {
        with_vips(path);
        return processor_seconds() - start;
    }
    size_t length;
    unsigned char *bytes = contents(path, &length), *pixels = NULL;
    if (!strcmp(mode, "digest")) {
        digest(bytes, length);
    } else if (!strcmp(mode, "decode")) {
        start = processor_seconds();
        decode(bytes, length, side_count ? largest_side() : 0, NULL);
    } else {
        size of = decode(bytes, length, 0, &pixels);
        start = processor_seconds();
        encode(pixels, of);
    }
    double seconds = processor_seconds() - start;
    free(pixels);
    free(bytes);
    return seconds;
}

static void read_list(const char *path) {
    size_t length;
    char *text = (char *) contents(path, &length);
    paths = calloc(length, sizeof *paths);
    text = realloc(text, length + 1);
    text[length] = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) paths[path_count++] = line;
}

int main(int count, char **words) {
    if (count < 4) return fprintf(stderr, "usage: see floor.c\n"), 64;
    mode = words[1];
    int processes = atoi(words[2]), at = 4;
    if (processes < 1 || processes > most_processes) return 64;
    read_list(words[3]);
    if (!strcmp(mode, "vips")) {
        if (count < 6) return 64;
        out = words[at++];
    }
    while (at < count && side_count < most_sides) sides[side_count++] = atoi(words[at++]);
    board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int process = 0; process < processes; process++) {
        if (fork()) continue;
        if (!strcmp(mode, "vips")) start_vips();
        for (int next; (next = atomic_fetch_add(&board->next, 1)) < path_count;)
            board->seconds[process] += measure(paths[next]);
        _exit(0);
    }
    int failed = 0;
    for (int status; wait(&status) > 0;) failed |= status;
    double seconds = 0;
    for (int process = 0; process < processes; process++) seconds += board->seconds[process];
    printf("%.6f\n", seconds);
    return failed ? 1 : 0;
}
