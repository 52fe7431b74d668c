namespace Qwen2Audio.Formats.Safetensors;

/// <summary>What a safetensors file may ask for. The header size is the reference implementation's.</summary>
public static class SafetensorsLimits
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 100_000_000;

    /// <summary>Tensors and metadata entries of one file together.</summary>
    public const int Entries = 1_000_000;

    /// <summary>Dimensions of a tensor.</summary>
    public const int Rank = 8;
}
