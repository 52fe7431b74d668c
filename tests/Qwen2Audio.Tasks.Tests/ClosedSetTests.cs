using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Tests.Whisper;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Closed sets of answers on models of every kind, and cancellation within their passes.</summary>
public sealed class ClosedSetTests
{
    private static readonly string[] Labels = ["one", "two", "on"];

    [Fact]
    public void A_text_model_weighs_answers_as_their_log_likelihoods_say()
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        using var model = ChatModel.Load(tiny.Folder);
        ChatTurn[] turns = [ChatTurn.User("Is the sentence glad or sad? It rains.")];
        var answer = model.ScoreAnswers(turns, ["glad", " sad ", "neither of them"]);
        Assert.Equal(1, answer.Labels.Sum(label => label.Probability), 9);
        var prompt = model.Template.Render(turns).Encode(model.Tokenizer);
        var end = model.Tokenizer.ControlId(ControlNames.TurnEnd);
        var scores = new[] { "glad", "sad", "neither of them" }.Select(text => (int[])[.. model.Tokenizer.Encode(text), end])
            .Select(tokens => Math.Exp(model.Score(prompt, [], [tokens], [], default)[0] / tokens.Length)).ToArray();
        Assert.Equal(scores[1] / scores.Sum(), answer.Labels.Single(label => label.Label == " sad ").Probability, 5);
        Assert.Throws<LabelException>(() => model.ScoreAnswers(turns, []));
        Assert.ThrowsAny<OperationCanceledException>(() => model.ScoreAnswers(turns, Labels, cancellation: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_conversation_with_clips_is_weighed_too()
    {
        using var tiny = new TinyChat();
        using var model = ChatModel.Load(tiny.Folder);
        var one = model.ScoreAnswers([ChatTurn.User([new AudioPart(), new TextPart("Which?")])], Labels, [Sounds.Tone(1)]);
        var own = model.ScoreAnswers([ChatTurn.User([new ClipPart(Sounds.Tone(1)), new TextPart("Which?")])], Labels);
        Assert.Equal(one.Labels, own.Labels);
        Assert.Equal(1, own.SecondsOfAudio, 6);
        IClassifier classifier = new PromptClassifier(model);
        Assert.Equal(3, classifier.Classify(Sounds.Tone(1), Labels, cancellation: TestContext.Current.CancellationToken).Labels.Count);
    }

    [Fact]
    public void Whisper_tells_the_language_that_labels_are_weighed_in()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var clip = Sounds.Tone(1.5);
        var told = new WhisperClassifier(speech).Classify(clip, Labels);
        var transcription = new WhisperTranscriber(speech).Transcribe(clip);
        Assert.Equal((transcription.Language, transcription.LanguageProbability), (told.Language, told.LanguageProbability));
        Assert.NotNull(told.LanguageProbability);
        Assert.Equal(told.Labels, new WhisperClassifier(speech, told.Language).Classify(clip, Labels).Labels);
        Assert.Throws<OptionException>(() => new WhisperClassifier(speech, "tlh"));
        using var loaded = LoadedClassifier.Load(tiny.Folder);
        Assert.Equal(told.Labels, loaded.Classify(clip, Labels, cancellation: TestContext.Current.CancellationToken).Labels);
        Assert.Equal(told.Language, loaded.Classify(clip, Labels, cancellation: TestContext.Current.CancellationToken).Language);
    }

    [Fact]
    public void Cancellation_ends_a_pass_of_whisper_and_of_a_small_model()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        using (speech.Gate.Enter(TestContext.Current.CancellationToken))
        using (var session = speech.Begin(cancellation: cancelled.Token))
            Assert.Throws<OperationCanceledException>(() => session.Encode(new float[speech.WindowFrames * 80], Model.Ops.Layout.Of(speech.WindowFrames)));
        Assert.NotEmpty(new WhisperClassifier(speech).Classify(Sounds.Tone(1), Labels).Labels);

        using var small = new TinyModel();
        using var model = SpeechModel.Load(small.Folder);
        using var later = new CancellationTokenSource();
        using (model.Gate.Enter(later.Token))
        {
            Assert.NotNull(model.Speech.Encode(Sounds.Tone(1).Samples, 0));
            later.Cancel();
            Assert.Throws<OperationCanceledException>(() => model.Speech.Encode(Sounds.Tone(1).Samples, 0));
        }

        using (model.Gate.Enter(TestContext.Current.CancellationToken)) Assert.NotNull(model.Speech.Encode(Sounds.Tone(1).Samples, 0));

        Assert.Throws<OperationCanceledException>(() => new Transcriber(model).Transcribe(Sounds.Tone(1), cancellation: cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => new Classifier(model).Classify(Sounds.Tone(1), Labels, cancellation: cancelled.Token));
    }
}
