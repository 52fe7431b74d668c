namespace Qwen2Audio.Model.Codec;

/// <summary>Where a codec's convolutions are padded and its transposed convolutions trimmed.</summary>
public enum CodecPadding
{
    /// <summary>On the left: no row depends on later ones.</summary>
    Causal,

    /// <summary>On both sides, so that n rows become ⌈n/stride⌉ and n · stride (EnCodec at 48 kHz).</summary>
    Centred,

    /// <summary>Equally on both sides, with any output length (DAC).</summary>
    Even,
}
