using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Model.Synthesis;

/// <summary>Sizes of a model that speaks: a Qwen2 or Qwen2-MoE decoder over the frames of a codec.</summary>
public sealed record SynthesisConfig
{
    /// <summary>Embeddings of a frame: its phone, the one before, the next two (a table each), and its voice.</summary>
    public const int Neighbours = 4;

    /// <summary>Numbers that say where in its phone a frame is.</summary>
    public const int Places = 4;

    /// <summary>The decoder; its vocabulary has <see cref="VocabularyOf"/> entries.</summary>
    public required Qwen2Config Decoder { get; init; }

    /// <summary>Number of phones, including silence, which is 0.</summary>
    public required int Phones { get; init; }

    /// <summary>Number of voices.</summary>
    public required int Voices { get; init; }

    /// <summary>Number of the codec's codebooks that are spoken.</summary>
    public required int Books { get; init; }

    /// <summary>Entries of a codebook.</summary>
    public required int Entries { get; init; }

    /// <summary>Width of the codec's frames.</summary>
    public required int Dimension { get; init; }

    /// <summary>Inner width of the depth head.</summary>
    public int HeadWidth { get; init; } = 256;

    /// <summary>Width of the duration predictor; its embeddings have half of it.</summary>
    public int DurationWidth { get; init; } = 128;

    /// <summary>Size of the decoder's vocabulary.</summary>
    public static int VocabularyOf(int phones, int voices) => Neighbours * phones + voices;
}
