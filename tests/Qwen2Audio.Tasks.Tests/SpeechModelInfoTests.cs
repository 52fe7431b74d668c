namespace Qwen2Audio.Tasks.Tests;

/// <summary>A model's label sets are found by their labels, and a loaded transcriber gives its small model.</summary>
public sealed class SpeechModelInfoTests
{
    [Theory]
    [InlineData("sound", "Dog_Bark", " rain ")]
    [InlineData("digit", "one")]
    [InlineData(null, "one", "rain")]
    [InlineData(null, "piano")]
    [InlineData(null, "speech")]
    public void The_set_that_has_all_labels_is_found(string? set, params string[] labels)
    {
        using var model = new ScriptedModel().ToModel();
        Assert.Equal(set, model.Info.LabelSetOf(labels));
    }

    [Fact]
    public void A_loaded_transcriber_gives_its_small_model()
    {
        using var tiny = new TinyModel();
        using var loaded = LoadedTranscriber.Load(tiny.Folder);
        var clip = loaded.SpeechModel!.Encode(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(loaded.Transcribe(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken).Text,
            new Transcriber(loaded.SpeechModel).Transcribe(clip, TestContext.Current.CancellationToken).Text);
    }
}
