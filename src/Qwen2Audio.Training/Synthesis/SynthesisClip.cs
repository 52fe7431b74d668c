using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>A recording as tokens, with the phones that it says.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Voice">The voice.</param>
/// <param name="Phones">Its phones, 0 for silence.</param>
/// <param name="Frames">Number of frames of each phone; their sum is the recording's.</param>
/// <param name="Codes">[frames, books].</param>
/// <param name="Active">Which frames have sound (<see cref="Audio.ActiveLevel.FramesWithSound"/>).</param>
internal sealed record SynthesisClip(ManifestRow Row, int Voice, int[] Phones, int[] Frames, int[] Codes, bool[] Active)
{
    private const double Silence = 0.1; // seconds of silence that are kept at the ends

    /// <summary>Number of frames.</summary>
    public int Rows { get; } = Frames.Sum();

    /// <summary>Who speaks: the voice, or the speaker of the dataset if it is none; null if that is not known.</summary>
    /// <param name="voices">Number of voices.</param>
    public (int Voice, string Dataset, string Speaker)? SpeakerOf(int voices) => Voice < voices ? (Voice, "", "") : SpokenSelection.HasSpeaker(Row) ? (voices, Row.Dataset, Row.Speaker) : null;

    /// <summary>Phones with their frames; silence at the ends is cut to <see cref="Silence"/>.</summary>
    /// <param name="words">The words with times.</param>
    /// <param name="frames">Number of frames of the recording.</param>
    /// <param name="rate">Frames per second.</param>
    /// <param name="first">The first frame that is kept.</param>
    public static (int[] Phones, int[] Frames) Align(IReadOnlyList<AlignedWord> words, int frames, double rate, out int first)
    {
        int At(double seconds) => Math.Clamp((int)Math.Round(seconds * rate), 0, frames);
        var (phones, counts) = (new List<int>(), new List<int>());
        first = At(Math.Max(0, words[0].Start - Silence));
        var at = first;
        foreach (var (name, start, end) in words.SelectMany(word => word.Phones))
        {
            if (At(start) > at) Add(0, At(start));
            Add(PhoneSet.Id(name), At(end));
        }

        if (At(words[^1].End + Silence) is var last && last > at) Add(0, last);
        return ([.. phones], [.. counts]);

        void Add(int phone, int until)
        {
            phones.Add(phone);
            counts.Add(until - at);
            at = until;
        }
    }
}
