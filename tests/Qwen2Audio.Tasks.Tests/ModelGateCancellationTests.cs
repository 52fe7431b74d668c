using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Tests.Whisper;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A caller that waits for a model in use stops when its token is cancelled, in every form of call and for every kind of model.</summary>
public sealed class ModelGateCancellationTests
{
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(10); // a wait that cancellation does not end fails the test

    [Fact]
    public async Task Small_models()
    {
        using var model = new ScriptedModel().ToModel();
        await Waits(model.Gate.Run,
            token => new Transcriber(model).Transcribe(Sounds.Tone(1), cancellation: token), token => new Transcriber(model).TranscribeAsync(Sounds.Tone(1), cancellation: token),
            token => new Classifier(model).Classify(Sounds.Tone(1), cancellation: token), token => new Classifier(model).ClassifyAsync(Sounds.Tone(1), cancellation: token));
    }

    [Fact]
    public async Task Whisper_models()
    {
        using var tiny = new TinyWhisper();
        using var model = LoadedWhisper.Load(tiny.Folder);
        await Waits(model.Gate.Run,
            token => new WhisperTranscriber(model).Transcribe(Sounds.Tone(1), cancellation: token), token => new WhisperTranscriber(model).TranscribeAsync(Sounds.Tone(1), cancellation: token),
            token => new WhisperClassifier(model).Classify(Sounds.Tone(1), ["a", "b"], cancellation: token),
            token => new WhisperClassifier(model).ClassifyAsync(Sounds.Tone(1), ["a", "b"], cancellation: token));
    }

    [Fact]
    public async Task Chat_models_and_prompts()
    {
        using var tiny = new TinyChat();
        using var model = ChatModel.Load(tiny.Folder);
        ChatTurn[] turns = [ChatTurn.User("Hello")];
        await Waits(model.Gate.Run,
            token => new PromptTranscriber(model).Transcribe(Sounds.Tone(1), cancellation: token), token => new PromptTranscriber(model).TranscribeAsync(Sounds.Tone(1), cancellation: token),
            token => new PromptClassifier(model).Classify(Sounds.Tone(1), ["a", "b"], cancellation: token),
            token => new PromptClassifier(model).ClassifyAsync(Sounds.Tone(1), ["a", "b"], cancellation: token),
            token => model.Reply(turns, cancellation: token), token => model.ReplyAsync(turns, cancellation: token),
            token => model.ScoreAnswers(turns, ["a", "b"], cancellation: token), token => model.ScoreAnswersAsync(turns, ["a", "b"], cancellation: token),
            token => model.ReplyToEach([new ChatConversation(turns)], cancellation: token), token => model.ReplyToEachAsync([new ChatConversation(turns)], cancellation: token));
    }

    [Fact]
    public async Task A_file_is_not_waited_for_either()
    {
        using var model = new ScriptedModel().ToModel();
        using var cancelled = new CancellationTokenSource();
        await using var stalled = new StalledStream();
        var transcribing = new Transcriber(model).TranscribeAsync(stalled, cancellation: cancelled.Token);
        await stalled.IsRead.WaitAsync(Forever, TestContext.Current.CancellationToken);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transcribing.WaitAsync(Forever, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Asynchronous_forms_give_and_report_what_the_others_do_until_all_is_done()
    {
        using var model = new ScriptedModel { Decoded = "two" }.ToModel();
        var transcriber = new Transcriber(model, new TranscriberOptions { MaxPieceSeconds = 1, SpeechGate = false });
        var (seen, same) = (new List<double>(), new List<double>());
        var transcription = await transcriber.TranscribeAsync(Sounds.Tone(3.5), new Listener(seen), TestContext.Current.CancellationToken);
        Assert.Equal(transcriber.Transcribe(Sounds.Tone(3.5), new Listener(same), TestContext.Current.CancellationToken).Warnings, transcription.Warnings);
        Assert.Equal(same, seen);
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1], 1e-9);
        Assert.True(seen.Count >= 4, $"{seen.Count} reports for 4 pieces or more");
        seen.Clear();
        same.Clear();
        var classifier = new Classifier(model);
        var what = await classifier.ClassifyAsync(Sounds.Tone(1), ["one", "two"], new Listener(seen), TestContext.Current.CancellationToken);
        Assert.Equal(classifier.Classify(Sounds.Tone(1), ["one", "two"], new Listener(same), TestContext.Current.CancellationToken).Labels, what.Labels);
        Assert.Equal(same, seen);
        Assert.Equal(1, seen[^1], 1e-9);
    }

    [Fact]
    public async Task Who_waits_for_a_model_that_is_disposed_of_is_refused()
    {
        var model = new ScriptedModel().ToModel();
        using var computing = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var busy = Task.Run(() => model.Gate.Run(() =>
        {
            computing.Set();
            return go.Wait(Forever);
        }), TestContext.Current.CancellationToken);
        Assert.True(computing.Wait(Forever, TestContext.Current.CancellationToken));
        var disposal = Task.Run(model.Dispose, TestContext.Current.CancellationToken);
        go.Set();
        await busy;
        await disposal;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => new Transcriber(model).TranscribeAsync(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken));
    }

    private static async Task Waits(Func<Func<int>, CancellationToken, int> compute, params Func<CancellationToken, object>[] calls)
    {
        using var computing = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var busy = Task.Run(() => compute(
            () =>
            {
                computing.Set();
                go.Wait(Forever);
                return 0;
            }, CancellationToken.None), TestContext.Current.CancellationToken);
        try
        {
            Assert.True(computing.Wait(Forever, TestContext.Current.CancellationToken));
            foreach (var call in calls)
            {
                using var cancelled = new CancellationTokenSource();
                var waiting = Task.Run(async () =>
                {
                    if (call(cancelled.Token) is Task task) await task;
                }, TestContext.Current.CancellationToken);
                await cancelled.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Forever, TestContext.Current.CancellationToken));
                Assert.False(busy.IsCompleted);
            }
        }
        finally
        {
            go.Set();
            await busy;
        }
    }

    private sealed class Listener(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
