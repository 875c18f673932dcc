// The calls of Sluice's worker to libvips and CResample, with the plan of Sources/Worker/Planning and nothing else of it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The worker's own shims and its own resampling: the same calls with the same options.
#include "../../Sources/Native/CResample/include/CResample.h"
#include "../../Sources/Native/CVips/shim.h"
#include "floor.h"

enum { tile_height = 16, kept_lines = 64 };

// A size, and the exact scale that leads to it.
typedef struct { size to; double scale; } target;
// A picture on its way; `source` while it is what the loader has opened of that, at `shrink`.
typedef struct { VipsImage *image; double scale; VipsSource *source; int shrink; } picture;

// The plan: ResizeGeometry.swift, Plan.swift.

int jpeg_shrink(double shrink, size of) {
    int wanted = shrink >= 16 ? 8 : shrink >= 8 ? 4 : shrink >= 4 ? 2 : 1;
    while (wanted > of.width || wanted > of.height) wanted /= 2;
    return wanted;
}

double factor(size of, int side) {
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

// The one resampling call: Resampling.swift.
static VipsImage *resample(picture from, sluice_resampling how) {
    VipsImage *result = NULL;
    if (from.source && sluice_scaled_jpeg(from.source, from.image, &result, how, from.shrink, VIPS_FAIL_ON_ERROR))
        fail("scaled decode", NULL);
    if (!result && sluice_resample(from.image, &result, how, FALSE)) fail("resample", NULL);
    return result;
}

// Takes `from` over: Picture.swift.
static picture resized(picture from, target target) {
    if (from.image->Xsize == target.to.width && from.image->Ysize == target.to.height) return from;
    double horizontal = (double) target.to.width / from.image->Xsize;
    double vertical = (double) target.to.height / from.image->Ysize, exact = target.scale / from.scale;
    if (fabs(from.image->Xsize * exact - target.to.width) <= 1
        && fabs(from.image->Ysize * exact - target.to.height) <= 1)
        horizontal = vertical = exact;
    sluice_resampling how = { target.to.width, target.to.height, 1 / horizontal, 1 / vertical, kept_lines };
    picture result = { resample(from, how), target.scale, NULL, 1 };
    g_object_unref(from.image);
    return result;
}

// Takes `from` over.
static picture stored(picture from) {
    picture result = { vips_image_copy_memory(from.image), from.scale, NULL, 1 };
    if (!result.image) fail("decode", NULL);
    g_object_unref(from.image);
    return result;
}

static picture shared(picture from) {
    g_object_ref(from.image);
    return from;
}

static picture load(VipsSource *source, int descriptor, int shrink) {
    lseek(descriptor, 0, SEEK_SET);
    VipsImage *image;
    if (!source || sluice_jpegload(source, &image, shrink, VIPS_FAIL_ON_ERROR)) fail("load", NULL);
    return (picture) { image, 1.0 / shrink, source, shrink };
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

void start_vips(void) {
    if (vips_init("floor") || sluice_set_options(tile_height)) fail("libvips does not start", NULL);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
}

// The rendition that this one is made from, or -1 where that is what all share: Plan.parents.
static int parent(const target *targets, int of) {
    int found = -1;
    for (int i = 0; i < side_count; i++) {
        size to = targets[i].to, wanted = targets[of].to;
        int serves = sides[i] < largest_side() && to.width >= 2 * wanted.width && to.height >= 2 * wanted.height;
        if (serves && (found < 0 || sides[i] < sides[found])) found = i;
    }
    return found;
}

static int is_parent(const target *targets, int of) {
    for (int i = 0; i < side_count; i++) if (parent(targets, i) == of) return 1;
    return 0;
}

// What serves other renditions, in the size of one: made once, by `index` in `made`.
static picture serving(int index, const target *targets, picture base, picture *made) {
    if (made[index].image) return shared(made[index]);
    int from = parent(targets, index);
    made[index] = stored(resized(from < 0 ? shared(base) : serving(from, targets, base, made), targets[index]));
    return shared(made[index]);
}

void make_renditions(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail("open", path);
    // Once for the header, and once as the plan says.
    VipsSource *source = vips_source_new_from_descriptor(descriptor);
    picture base = load(source, descriptor, 1), made[most_sides] = { 0 };
    size of = { base.image->Xsize, base.image->Ysize };
    g_object_unref(base.image);
    g_object_unref(source);
    source = vips_source_new_from_descriptor(descriptor);
    base = load(source, descriptor, jpeg_shrink(factor(of, largest_side()), of));
    target targets[most_sides];
    for (int i = 0; i < side_count; i++) targets[i] = geometry(of, sides[i]);
    if (side_count > 1) base = stored(resized(base, geometry(of, largest_side())));
    for (int i = 0; i < side_count; i++) {
        int from = is_parent(targets, i) ? i : parent(targets, i);
        picture rendition = resized(from < 0 ? shared(base) : serving(from, targets, base, made), targets[i]);
        save(rendition.image, path, sides[i]);
        g_object_unref(rendition.image);
    }
    for (int i = 0; i < side_count; i++) if (made[i].image) g_object_unref(made[i].image);
    g_object_unref(base.image);
    g_object_unref(source);
    close(descriptor);
}
