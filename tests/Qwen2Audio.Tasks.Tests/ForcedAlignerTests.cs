using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Alignment;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Tests;

public sealed class ForcedAlignerTests
{
    private static readonly Lexicon Words = new(["one", "a", "two"],
    [
        new(0, [36, 3, 23]), new(1, [3]), new(1, [13]), new(2, [31, 34]), // one: W AH N; a: AH or EY; two: T UW
    ]);

    [Fact]
    public void Words_and_phones_follow_each_other_within_the_clip()
    {
        using var tiny = new TinyModel(phones: true);
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 1 });
        var clip = Sounds.Noise(1.3);
        var found = new ForcedAligner(model, Words).Align(clip, "One, a two!");
        Assert.Equal(["one", "a", "two"], found.Words.Select(word => word.Text));
        Assert.Equal([3, 1, 2], found.Words.Select(word => word.Phones.Count));
        Assert.Equal(clip.Seconds, found.Seconds);
        var last = 0.0;
        foreach (var word in found.Words)
        {
            Assert.True(word.Start >= last);
            Assert.Equal((word.Start, word.End), (word.Phones[0].Start, word.Phones[^1].End));
            for (var i = 1; i < word.Phones.Count; i++) Assert.Equal(word.Phones[i - 1].End, word.Phones[i].Start);
            Assert.All(word.Phones, phone => Assert.True(phone.End > phone.Start + 0.029));
            last = word.End;
        }

        Assert.True(last <= found.Seconds);
        Assert.Contains(found.Warnings, warning => warning.Code == "other-text"); // random weights do not hear these words
    }

    [Fact]
    public void Words_are_pronounced_by_their_letters_if_no_dictionary_has_them()
    {
        using var tiny = new TinyModel(phones: true);
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 1 });
        var missing = Assert.Throws<AlignmentException>(() => new ForcedAligner(model, Words).Align(Sounds.Noise(1), "one three"));
        Assert.Contains("\"three\"", missing.Message);
    }

    [Fact]
    public void What_cannot_be_aligned_is_named()
    {
        using var tiny = new TinyModel(phones: true);
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 1 });
        var aligner = new ForcedAligner(model, Words);
        Assert.Contains("'2'", Assert.Throws<AlignmentException>(() => aligner.Align(Sounds.Noise(1), "one 2")).Message);
        Assert.Contains("no words", Assert.Throws<AlignmentException>(() => aligner.Align(Sounds.Noise(1), " .")).Message);
        Assert.Contains("too short", Assert.Throws<AlignmentException>(() => aligner.Align(Sounds.Noise(0.3), string.Join(' ', Enumerable.Repeat("one", 20)))).Message);
        Assert.Contains("silent", Assert.Throws<AlignmentException>(() => aligner.Align(Sounds.Silence(1), "one")).Message);
    }

    [Fact]
    public void A_model_without_phones_is_refused()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 1 });
        Assert.Contains("phones", Assert.Throws<NotSupportedException>(() => new ForcedAligner(model, Words)).Message);
    }

    [Fact]
    public void Blanks_between_peaks_belong_to_the_phones_and_quiet_stretches_to_silence()
    {
        // 0.4 s of silence, W from 0.4, AH from 0.8, N from 1.2 to 1.6, silence to 2.0: one peak each, then blanks in which the phone is still the most probable one
        var (rows, logs) = (50, new float[50 * PhoneSet.Count]);
        for (var row = 0; row < rows; row++)
        {
            var phone = row is < 10 or >= 40 ? 0 : new[] { 36, 3, 23 }[(row - 10) / 10];
            var peak = phone > 0 && row % 10 == 3;
            logs.AsSpan(row * PhoneSet.Count, PhoneSet.Count).Fill(MathF.Log(1e-5f));
            logs[row * PhoneSet.Count] = MathF.Log(peak ? 0.05f : 0.98f);
            if (phone > 0) logs[row * PhoneSet.Count + phone] = MathF.Log(peak ? 0.94f : 0.01f);
        }

        var sound = Enumerable.Range(0, 32_000).Select(i => i is >= 6_400 and < 25_600 ? 0.3f * MathF.Sin(i * 0.2f) : 1e-4f * MathF.Sin(i * 0.2f)).ToArray();
        var piece = new EncodedPiece { Start = 0, Seconds = 2, Levels = new SoundLevels(sound, 16_000), Ctc = new CtcPosteriors(logs, rows, PhoneSet.Count), Phones = new CtcPosteriors(logs, rows, PhoneSet.Count), RowSeconds = 0.04, Padding = 0, Audio = [], AudioRows = 25 };
        var word = Assert.Single(ForcedAligner.Found(["one"], [[[36, 3, 23]]], PhoneScores.Of([piece], 2, out _), 2, []).Words);
        double[] expected = [0.4, 0.8, 1.2, 1.6];
        Assert.Equal(4, word.Phones.Count + 1);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(expected[i], word.Phones[i].Start, 0.041); // a row
            Assert.Equal(expected[i + 1], word.Phones[i].End, 0.041);
        }

        Assert.True(word.Confidence > 0.9);
    }

    [Fact]
    public void A_run_over_a_manifest_resumes_and_lists_what_cannot_be_aligned()
    {
        using var tiny = new TinyModel(phones: true);
        using var folder = new TemporaryFolder();
        string At(string name) => Path.Combine(folder, name);
        Waves.Write(At("a.wav"), Sounds.Noise(1).Samples);
        Waves.Write(At("b.wav"), Sounds.Noise(1).Samples);
        File.WriteAllText(At("m.tsv"), "path\tdataset\ttext_or_label\tsplit\na.wav\tx\tone two\ttrain\nb.wav\tx\tthree\ttrain\nmissing.wav\tx\tone\tval\n");
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 1 });
        var options = new AlignmentOptions { Manifest = At("m.tsv"), Out = At("out.jsonl"), Model = "tiny", Pronunciations = "words" };
        var result = AlignmentRun.Run(new ForcedAligner(model, Words), options);
        Assert.Equal((3, 2), (result.Clips, result.Failures.Count));
        Assert.Contains(result.Failures, failure => failure.Contains("three", StringComparison.Ordinal));
        var clip = Assert.Single(AlignedClip.Read(At("out.jsonl")));
        Assert.Equal((At("a.wav"), "one two", 1.0, 2), (clip.Path, clip.Text, clip.Seconds, clip.Words.Count));
        Assert.Throws<ManifestException>(() => AlignmentRun.Run(new ForcedAligner(model, Words), options));
        File.Delete(At("a.wav")); // it is not aligned again
        Assert.Equal(2, AlignmentRun.Run(new ForcedAligner(model, Words), options with { Resume = true }).Failures.Count);
        Assert.Equal(clip.ToJson(), Assert.Single(AlignedClip.Read(At("out.jsonl"))).ToJson());
        Assert.Throws<ManifestException>(() => AlignmentRun.Run(new ForcedAligner(model, Words), options with { Resume = true, Pronunciations = "others" }));
        Assert.Throws<ManifestException>(() => AlignmentRun.Run(new ForcedAligner(model, Words), options with { Datasets = ["y"], Out = At("other.jsonl") }));
    }
}
