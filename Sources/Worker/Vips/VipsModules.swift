import CLinux
import CVips
import Glibc

// Debian's libvips opens all of its modules as it starts: PDF, microscopes' slides and ImageMagick come with some forty
// libraries. A worker has the few that it uses; JPEG XL's comes with the first such picture.

extension VipsRuntime {
    /// Starts libvips where it finds no modules of its own accord.
    static func withoutModules(_ start: () -> Int32) -> Int32 {
        let name = "VIPSHOME"
        let before = getenv(name).map { String(cString: $0) }
        setenv(name, "/dev/null", 1)
        defer { if let before { setenv(name, before, 1) } else { unsetenv(name) } }
        return start()
    }

    /// Opens one of its modules, `heif` for instance. Does nothing where libvips has it built in, or it is not installed:
    /// what is missing then is an operation, which `formats` tells.
    package static func openModule(_ name: String) {
        guard vips_type_find("VipsForeignLoad", "\(name)load_source") == 0, let directory = moduleDirectory else {
            return
        }
        guard let module = g_module_open("\(directory)/vips-\(name).so", G_MODULE_BIND_LAZY) else { return }
        // Its types stay, and their code with them.
        g_module_make_resident(module)
    }

    /// Beside the library itself.
    private static var moduleDirectory: String? {
        guard let file = sluice_library_of("vips_init") else { return nil }
        let path = String(cString: file)
        guard let end = path.lastIndex(of: "/") else { return nil }
        return "\(path[..<end])/vips-modules-\(vips_version(0)).\(vips_version(1))"
    }
}
