namespace Qwen2Audio.Model.Codec;

/// <summary>Where a codec's convolutions are padded and its transposed ones trimmed.</summary>
public enum CodecPadding
{
    /// <summary>In front: no row depends on later ones.</summary>
    Causal,

    /// <summary>On both sides, so that n rows become ⌈n/stride⌉ and n · stride (EnCodec at 48 kHz).</summary>
    Centred,

    /// <summary>Equally on both sides, whatever length comes out (DAC).</summary>
    Even,
}
