using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A clip is encoded once for any number of transcriptions and classifications, which equal those of the clip itself.</summary>
public sealed class EncodedClipTests
{
    [Fact]
    public void The_encoder_and_the_detection_of_speech_run_once_for_all_uses()
    {
        var scripted = ScriptedModel.OfSpeechAndSounds();
        using var model = scripted.ToModel();
        var clip = model.Encode(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(("one", "two"), (Text(Decoding.CtcGreedy), Text(Decoding.DecoderOnly)));
        Assert.Equal("one", new Classifier(model).Classify(clip, ["one", "rain"], TestContext.Current.CancellationToken).Best);
        Assert.Equal(1, scripted.Encoded);
        Assert.Single(scripted.Asked, task => task == "speech");

        string Text(Decoding decoding) =>
            new Transcriber(model, new TranscriberOptions { Decoding = decoding }).Transcribe(clip, TestContext.Current.CancellationToken).Text;
    }

    [Fact]
    public void Results_equal_those_of_the_clip_itself()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        var clip = Sounds.Clip(Sounds.Bursts(5, t => t % 2 < 1.5, 44_100), 44_100);
        var encoded = model.Encode(clip, maxPieceSeconds: 2, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(5, encoded.Seconds);
        Assert.Equal(["resampled", "split"], encoded.Warnings.Select(warning => warning.Code));
        foreach (var decoding in Enum.GetValues<Decoding>())
        {
            var transcriber = new Transcriber(model, new TranscriberOptions { Decoding = decoding, SpeechGate = false, MaxPieceSeconds = 2 });
            var (own, again) = (transcriber.Transcribe(clip), transcriber.Transcribe(encoded, TestContext.Current.CancellationToken));
            Assert.Equal((own.Text, own.SpeechProbability, own.InDomain, own.SecondsOfAudio), (again.Text, again.SpeechProbability, again.InDomain, again.SecondsOfAudio));
            Assert.Equal(own.Words, again.Words);
            Assert.Equal(own.Warnings, again.Warnings);
            Assert.True(again.SecondsTaken >= encoded.SecondsTaken);
        }

        var classifier = new Classifier(model, new ClassifierOptions { MaxPieceSeconds = 2 });
        Assert.Equal(classifier.Classify(clip).Labels, classifier.Classify(encoded, cancellation: TestContext.Current.CancellationToken).Labels);
    }

    [Fact]
    public void A_clip_of_another_model_is_refused()
    {
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        using var other = ScriptedModel.OfSpeechAndSounds().ToModel();
        var clip = other.Encode(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("another model", Assert.Throws<ArgumentException>(() => new Transcriber(model).Transcribe(clip)).Message, StringComparison.Ordinal);
        Assert.Contains("another model", Assert.Throws<ArgumentException>(() => new Classifier(model).Classify(clip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_has_nothing_to_encode_and_says_so()
    {
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var clip = model.Encode(Sounds.Silence(1), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("silence", Assert.Single(clip.Warnings).Code);
        Assert.Equal("", new Transcriber(model).Transcribe(clip, TestContext.Current.CancellationToken).Text);
    }

    [Fact]
    public void Cancellation_and_a_piece_length_out_of_range_end_it()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        var clip = model.Encode(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken);
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => model.Encode(Sounds.Tone(1), cancellation: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => new Transcriber(model).Transcribe(clip, cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => new Classifier(model).Classify(clip, cancellation: cancelled));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Encode(Sounds.Tone(1), maxPieceSeconds: 0.5, cancellation: TestContext.Current.CancellationToken));
    }
}
