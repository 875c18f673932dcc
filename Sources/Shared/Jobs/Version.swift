/// Sluice's version; in `--version`, in sidecars and in error files.
package let sluiceVersion = "0.1.0"
