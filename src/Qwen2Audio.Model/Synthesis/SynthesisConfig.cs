namespace Qwen2Audio.Model.Synthesis;

/// <summary>
/// What a model that speaks has beside a recogniser: tokens for phones and voices after the text units of the decoder's vocabulary, and the sizes of the parts around the decoder. There is a token for the
/// unknown phone and one for the unknown voice, so that the same decoder goes on from audio without a text.
/// </summary>
public sealed record SynthesisConfig
{
    /// <summary>Embeddings of a frame: its phone, the one before, the next two (tokens of their own each), and its voice.</summary>
    public const int Neighbours = 4;

    /// <summary>Numbers that say where in its phone a frame is.</summary>
    public const int Places = 4;

    /// <summary>The highest guidance; the lowest is 0.</summary>
    public const double MostGuidance = 10;

    /// <summary>The highest temperature; the lowest is 0.</summary>
    public const double MostTemperature = 10;

    /// <summary>Its first token, which is the number of text units.</summary>
    public required int FirstToken { get; init; }

    /// <summary>Number of phones, including silence, which is 0.</summary>
    public required int Phones { get; init; }

    /// <summary>Names of the voices.</summary>
    public required IReadOnlyList<string> Voices { get; init; }

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

    /// <summary>Numbers of a <see cref="SpeakerEmbedding"/>, twice <see cref="Dimension"/>; 0: the model takes none.</summary>
    public int SpeakerWidth { get; init; }

    /// <summary>Scale of classifier-free guidance unless the caller says otherwise: how strongly the text guides the draws; 1: no guidance.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>The same for the voice, compared with the unknown one.</summary>
    public double VoiceGuidance { get; init; } = 1;

    /// <summary>Temperature of the draws unless the caller says otherwise.</summary>
    public double Temperature { get; init; } = 0.7;

    /// <summary>The phone that stands for any.</summary>
    public int UnknownPhone => Phones;

    /// <summary>The voice that stands for any.</summary>
    public int UnknownVoice => Voices.Count;

    /// <summary>Size of the decoder's vocabulary: text units, phones, voices.</summary>
    public int Vocabulary => VoiceToken(UnknownVoice) + 1;

    /// <summary>The token of a phone at one of the <see cref="Neighbours"/> places.</summary>
    public int PhoneToken(int neighbour, int phone) => FirstToken + neighbour * (Phones + 1) + phone;

    /// <summary>The token of a voice.</summary>
    public int VoiceToken(int voice) => PhoneToken(Neighbours, 0) + voice;
}
