using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Calibration;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>How the shipped model judges audio inside and outside its domain.</summary>
public sealed class SpeechModelDomainTests : IDisposable
{
    private readonly SpeechModel _model = SpeechModel.LoadDefault(new ModelLoadOptions { Threads = 1 });

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("date.wav")]
    [InlineData("seven.wav")]
    [InlineData("tickets.wav")]
    public void Words_of_its_vocabulary_are_not_doubted(string sample)
    {
        var transcription = new Transcriber(_model).Transcribe(Path.Combine(Fixtures.Repository, "samples", sample));
        Assert.True(transcription.InDomain);
        Assert.DoesNotContain(transcription.Warnings, warning => warning.Code == "out-of-domain");
    }

    [Theory]
    [InlineData(220)]
    [InlineData(440)]
    [InlineData(1000)]
    [InlineData(3000)]
    public void A_pure_tone_may_be_none_of_its_sounds(double hertz)
    {
        var samples = new float[3 * 16_000];
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.5f * (float)Math.Sin(2 * Math.PI * hertz * i / 16_000);
        Doubted(new AudioClip(samples, 16_000, 1, []));
    }

    [Theory]
    [InlineData("white noise")]
    [InlineData("brown noise")]
    [InlineData("chord")]
    [InlineData("sweep")]
    public void Noise_and_chords_may_be_none_of_its_sounds(string kind) => Doubted(SyntheticSounds.Make(kind, 9000));

    [Fact]
    public void Open_English_is_not_doubted()
    {
        var manifest = Path.GetFullPath(Path.Combine(Fixtures.Repository, "..", "shared", "data", "MANIFEST.tsv"));
        Assert.SkipUnless(File.Exists(manifest), $"{manifest} is not there: it has the recordings of open English");
        foreach (var row in Manifest.Read(manifest).Select("val", "kathleen").Take(5))
        {
            var transcription = new Transcriber(_model).Transcribe(row.Path);
            Assert.True(transcription.InDomain, $"{row.Path}: {transcription.Text}");
            Assert.DoesNotContain(transcription.Warnings, warning => warning.Code == "out-of-domain");
        }
    }

    private void Doubted(AudioClip clip)
    {
        foreach (var classifier in new[] { new Classifier(_model), new Classifier(_model, new ClassifierOptions { Task = "sound" }) })
        {
            var found = classifier.Classify(clip);
            Assert.False(found.InDomain, $"{found.Task}: {found.Best}");
            Assert.NotEmpty(found.Labels);
            Assert.Contains(found.Warnings, warning => warning.Code == "out-of-domain");
        }
    }
}
