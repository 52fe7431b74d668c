namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Limits on safetensors files. The header size is the reference implementation's.</summary>
public static class SafetensorsLimits
{
    /// <summary>Maximum bytes of the header.</summary>
    public const int HeaderBytes = 100_000_000;

    /// <summary>Maximum tensors and metadata entries of a file, together.</summary>
    public const int Entries = 1_000_000;

    /// <summary>Maximum dimensions of a tensor.</summary>
    public const int Rank = 8;
}
