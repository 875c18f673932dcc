// libexif: EXIF blocks, read and written. Its headers are plain C; nothing needs a wrapper.
#include <libexif/exif-data.h>
#include <libexif/exif-loader.h>
#include <libexif/exif-log.h>
#include <libexif/exif-utils.h>
