using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Inference;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>From recorded audio to the decoder's input, along the paths that users' audio takes, compared with the reference.</summary>
public sealed class AudioRowsReferenceTests
{
    private const double FloatBound = 2e-4; // relative; shared with parity
    private const double MelBound = 1e-4;   // absolute

    public static TheoryData<string> Audio => Names("qwen2-audio");

    public static TheoryData<string> Whisper => Names("whisper");

    [Theory, MemberData(nameof(Audio))]
    public void A_chat_models_rows_are_the_references(string name)
    {
        Assert.SkipWhen(name.Length == 0, Fixtures.MissingReason("qwen2-audio…", "expected.safetensors"));
        using var recording = Open(name);
        using var model = LoadedModel.Open(Fixtures.Locate(name));
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        var width = model.Decoder.Config.HiddenSize;
        var clips = Clips(recording);
        Assert.NotEmpty(clips);
        var warnings = new List<TaskWarning>();
        var (rows, counts) = new AudioRows(model.Audio!, ops).Of([.. clips.Select(clip => Sounds.Clip(clip.Samples))], 0, warnings, default);
        Assert.Empty(warnings);
        var first = 0;
        for (var i = 0; i < clips.Count; i++)
        {
            var expected = Floats(recording, $"audio_embeddings.{clips[i].Number}");
            Assert.Equal(expected.Length, counts[i] * width);
            Assert.InRange(Differences.Relative(expected, rows.AsSpan(first, expected.Length)), 0, FloatBound);
            first += expected.Length;
        }

        Assert.Equal(rows.Length, first);
    }

    [Theory, MemberData(nameof(Whisper))]
    public void What_Whisper_hears_is_what_the_reference_hears(string name)
    {
        Assert.SkipWhen(name.Length == 0, Fixtures.MissingReason("whisper…", "expected.safetensors"));
        using var recording = Open(name);
        var shape = recording.Tensors["input_features"].Shape;
        var (bins, frames) = ((int)shape[1], (int)shape[2]);
        var features = Floats(recording, "input_features");
        var clips = Clips(recording);
        Assert.NotEmpty(clips);
        for (var i = 0; i < clips.Count; i++)
        {
            var mel = new WhisperMel(clips[i].Samples, bins, frames).Window(0);
            Assert.Equal(bins * frames, mel.Length);
            var worst = 0.0;
            for (var frame = 0; frame < frames; frame++)
                for (var bin = 0; bin < bins; bin++)
                    worst = Math.Max(worst, Math.Abs(mel[frame * bins + bin] - features[(i * bins + bin) * frames + frame]));
            Assert.InRange(worst, 0, MelBound);
        }
    }

    private static TheoryData<string> Names(string prefix)
    {
        var folders = Fixtures.Folders(prefix, "expected.safetensors");
        return folders.Count == 0 ? [""] : [.. folders];
    }

    private static SafetensorsFile Open(string name) => SafetensorsFile.Open(Fixtures.Locate(name, "expected.safetensors"));

    private static List<(int Number, float[] Samples)> Clips(SafetensorsFile recording)
    {
        var clips = new List<(int, float[])>();
        for (var i = 0; recording.Tensors.ContainsKey(Waveform(i)); i++) clips.Add((i, Floats(recording, Waveform(i))));
        return clips;
    }

    private static string Waveform(int clip) => string.Create(CultureInfo.InvariantCulture, $"waveform.{clip}");

    private static float[] Floats(SafetensorsFile file, string name)
    {
        var values = new float[file.Tensors[name].Count];
        file.ReadFloats(name, values, 0);
        return values;
    }
}
