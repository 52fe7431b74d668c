namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Recognises files that are not safetensors by content, so that the message can say what to do.</summary>
internal static class ForeignFormat
{
    private const string Pointer = "a Git LFS pointer instead of the file itself";

    private const string Safetensors = "a safetensors file. Convert others to safetensors first (for example with save_pretrained(..., "
        + "safe_serialization=True)); pickled files are never opened, because reading them runs code";

    /// <summary>What is allowed instead, and how to get it.</summary>
    public static string AllowedFor(string found) => found == Pointer
        ? "the safetensors file itself: run 'git lfs pull' in that folder, or 'qwen2audio download'" : Safetensors;

    public static string? Of(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("PK\x03\x04"u8)) return "a zip archive (a pickled checkpoint, by its content)";
        if (start.StartsWith("GGUF"u8)) return "a GGUF file";
        if (start.StartsWith("version "u8)) return Pointer;
        if (start.Length > 1 && start[0] == 0x80 && start[1] is >= 1 and <= 5) return "a Python pickle (by its content)";
        if (start.StartsWith("\x89HDF"u8[..1]) && start[1..].StartsWith("HDF"u8)) return "an HDF5 file";
        if (start[0] is (byte)'<') return "HTML or XML text";
        return null;
    }
}
