namespace Qwen2Audio.Model.Codec;

/// <summary>The function between a codec's convolutions.</summary>
public enum CodecActivation
{
    /// <summary>x for x &gt; 0, else eˣ − 1.</summary>
    Elu,

    /// <summary>x + sin²(αx)/α, with a weight α for each channel.</summary>
    Snake,
}
