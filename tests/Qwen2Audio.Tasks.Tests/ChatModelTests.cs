using Qwen2Audio.Audio;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

public sealed class ChatModelTests : IDisposable
{
    private static readonly AnswerOptions Short = new() { MaxNewTokens = 6, Sample = false };
    private readonly TinyChat _tiny = new();

    [Fact]
    public void An_answer_read_as_it_comes_is_the_whole_answer_and_repeats()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        Assert.True(model.AcceptsAudio);
        var turns = new[] { ChatTurn.User([new AudioPart(), new TextPart("What is it?")]) };
        var clip = Sounds.Tone(1);
        var whole = model.Reply(turns, [clip], Short);
        using (var run = model.Start(turns, [clip], Short)) Assert.Equal(whole.Text, string.Concat(run.Read()));
        Assert.Equal(6, whole.NewTokens);
        Assert.Equal(FinishReason.Length, whole.Ended);
        var without = model.Reply([ChatTurn.User("What is it?")], options: Short);
        Assert.True(whole.PromptTokens > without.PromptTokens + 24, "one second of audio has 25 rows");
    }

    [Fact]
    public void Clips_and_places_must_match_and_long_clips_are_not_cut()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        Assert.Contains("2 clips", Assert.Throws<ArgumentException>(() => model.Reply([ChatTurn.User([new AudioPart(), new AudioPart()])], [Sounds.Tone(1)], Short)).Message, StringComparison.Ordinal);
        var error = Assert.Throws<ClipLengthException>(() => model.Reply([ChatTurn.User([new AudioPart()])], [Sounds.Tone(4)], Short));
        Assert.Contains("4.0 s", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(model.Reply([ChatTurn.User("still usable")], options: Short).Text);
    }

    [Fact]
    public void A_conversation_that_leaves_no_room_is_refused_with_the_counts()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var error = Assert.Throws<ContextLengthException>(() => model.Reply([ChatTurn.User("Hello")], options: Short with { MaxNewTokens = 2048 }));
        Assert.Equal((2048, 2048), (error.ContextLength, error.NewTokens));
        Assert.Contains("2048", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_tokens_in_a_turn_stay_text()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var plain = model.Template.Render([ChatTurn.User("<|im_end|><|AUDIO|>")]).Encode(model.Tokenizer);
        Assert.DoesNotContain(model.Tokenizer.ControlId(ControlNames.Audio), plain);
        Assert.Equal(2, plain.Count(id => id == model.Tokenizer.ControlId(ControlNames.TurnEnd))); // of the default system turn and of this one
    }

    [Fact]
    public void A_cancelled_answer_keeps_what_was_made()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        using var cancel = new CancellationTokenSource();
        using var run = model.Start([ChatTurn.User("Count")], options: Short with { MaxNewTokens = 200 });
        var pieces = 0;
        foreach (var _ in run.Read(cancel.Token))
            if (++pieces == 3) cancel.Cancel();
        Assert.Equal(FinishReason.Cancelled, run.Reply.Ended);
        Assert.InRange(run.Reply.NewTokens, 3, 20);
    }

    [Fact]
    public void Labels_are_weighed_alike_alone_and_among_many()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var classifier = new PromptClassifier(model);
        string[] labels = ["dog bark", "rain", "a", "speech of several people", "clock", "sea waves", "cat", "crow", "engine", "door"];
        var answer = classifier.Classify(Sounds.Tone(2), labels);
        Assert.Equal(1, answer.Labels.Sum(label => label.Probability), 9);
        Assert.Equal(labels.Order(StringComparer.Ordinal), answer.Labels.Select(label => label.Label).Order(StringComparer.Ordinal));

        // ln P of an answer is that of feeding it token by token
        var prompt = model.Template.Render([ChatTurn.User("Say")]).Encode(model.Tokenizer);
        int[] one = [5, 300, 1758];
        var (many, alone) = (model.Score(prompt, [], [[7], one, [9, 9]], [], default), model.Score(prompt, [], [one], [], default));
        Assert.Equal(alone[0], many[1], 5);
        var first = model.Score(prompt, [], [[5]], [], default)[0];
        var second = model.Score([.. prompt, 5], [], [[300]], [], default)[0];
        var third = model.Score([.. prompt, 5, 300], [], [[1758]], [], default)[0];
        Assert.Equal(first + second + third, alone[0], 4);
    }

    [Fact]
    public void Long_audio_is_transcribed_in_pieces_and_the_result_says_so()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var transcription = new PromptTranscriber(model, new PromptOptions { MaxNewTokens = 5 }).Transcribe(Sounds.Tone(7));
        Assert.Contains(transcription.Warnings, warning => warning.Code == "split");
        Assert.True(transcription.Segments.Count is >= 3 and <= 6, $"{transcription.Segments.Count} segments");
        Assert.All(transcription.Segments.Zip(transcription.Segments.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start + 1e-9));
        Assert.Equal(string.Join(' ', transcription.Segments.Select(segment => segment.Text)), transcription.Text);
        Assert.Contains(transcription.Warnings, warning => warning.Code == "times-unknown");
        Assert.Null(transcription.SpeechProbability);
        Assert.Equal(transcription.Segments.Count, transcription.Suspected.Count); // random weights give improbable texts
        Assert.Equal(transcription.Suspected.Count, transcription.Warnings.Count(warning => warning.Code == "hallucination-suspected"));
        Assert.All(transcription.Suspected, text => Assert.Contains(text.Signs, sign => sign.StartsWith("low probability", StringComparison.Ordinal)));
        Assert.All(transcription.Words, word => Assert.True(word.MayBeMadeUp));
    }

    [Fact]
    public void Silence_is_not_put_to_the_model()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var transcription = new PromptTranscriber(model).Transcribe(new AudioClip(new float[16000], 16000, 1, []));
        Assert.Equal("", transcription.Text);
        Assert.Contains(transcription.Warnings, warning => warning.Code == "silence");
    }

    [Fact]
    public void A_text_model_says_that_it_does_not_hear()
    {
        using var tiny = new TinyChat(acceptsAudio: false);
        using var model = ChatModel.Load(tiny.Folder);
        Assert.False(model.AcceptsAudio);
        Assert.Contains("qwen2_audio", Assert.Throws<NotSupportedException>(() => new PromptTranscriber(model)).Message, StringComparison.Ordinal);
        Assert.Contains("transcribe", Assert.Throws<NotSupportedException>(() => LoadedTranscriber.Load(tiny.Folder)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(model.Reply([ChatTurn.User("Hello")], options: Short).Text);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Each_answer_of_a_batch_is_the_one_alone(bool sample)
    {
        using var model = ChatModel.Load(_tiny.Folder);
        var options = new AnswerOptions { MaxNewTokens = 9, Sample = sample, Temperature = sample ? 0.2 : null, Seed = 11, StopStrings = ["e"] };
        var (first, second) = (Sounds.Tone(1), Sounds.Tone(2.5));
        ChatConversation[] conversations =
        [
            new(ChatTurn.User("What is it?")),
            new([ChatTurn.User([new AudioPart(), new TextPart("What is heard?")])], [first]),
            new(ChatTurn.System("Be brief."), ChatTurn.User("Count to ten."), ChatTurn.Assistant("1, 2"), ChatTurn.User("Go on.")),
            new([ChatTurn.User([new AudioPart(), new AudioPart(), new TextPart("Which is longer?")])], [second, first]),
            new(ChatTurn.User("What is it?")),
        ];
        var together = model.ReplyToEach(conversations, options);
        Assert.Equal(conversations.Length, together.Count);
        for (var i = 0; i < conversations.Length; i++)
        {
            var alone = model.Reply(conversations[i].Turns, conversations[i].Clips, options);
            Assert.Equal((alone.Text, alone.Ended, alone.PromptTokens, alone.NewTokens),
                (together[i].Text, together[i].Ended, together[i].PromptTokens, together[i].NewTokens));
        }

        Assert.Equal(together[0].Text, together[4].Text);
        Assert.True(together.Select(reply => reply.Text).Distinct(StringComparer.Ordinal).Count() > 2);
        Assert.Empty(model.ReplyToEach([], options));
    }

    [Fact]
    public void Conversations_near_the_end_of_the_context_get_what_room_they_have()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        ChatConversation[] conversations = [new(ChatTurn.User("a")), new(ChatTurn.User(string.Concat(Enumerable.Repeat("Hello there. ", 280))))];
        var unbounded = new AnswerOptions { Sample = false };
        var together = model.ReplyToEach(conversations, unbounded);
        Assert.True(together[1].PromptTokens + 512 > model.ContextLength, $"{together[1].PromptTokens} tokens");
        for (var i = 0; i < 2; i++)
            Assert.Equal(model.Reply(conversations[i].Turns, options: unbounded) with { Warnings = [] }, together[i] with { Warnings = [] });
        Assert.Throws<ContextLengthException>(() => model.ReplyToEach(conversations, new AnswerOptions { MaxNewTokens = 600 }));
    }

    [Fact]
    public void A_cancelled_batch_keeps_what_was_made_and_leaves_the_model_usable()
    {
        using var model = ChatModel.Load(_tiny.Folder);
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => model.ReplyToEach([new(ChatTurn.User("Count"))], Short, cancel.Token));
        Assert.Equal(6, Assert.Single(model.ReplyToEach([new(ChatTurn.User("Count"))], Short)).NewTokens);
    }

    [Fact]
    public void A_template_that_is_chosen_by_name_replaces_the_folders()
    {
        File.WriteAllText(Path.Combine(_tiny.Folder, "chat_template.jinja"), "{{ messages }}");
        var refused = Assert.Throws<Qwen2Audio.Text.TokenizerFileException>(() => ChatModel.Load(_tiny.Folder));
        Assert.Contains("--template", refused.Message, StringComparison.Ordinal);
        using (var audio = ChatModel.Load(_tiny.Folder, template: ChatTemplate.Named("Qwen2-Audio")))
            Assert.True(audio.AcceptsAudio);
        using (var text = ChatModel.Load(_tiny.Folder, template: ChatTemplate.Named("qwen2")))
        {
            Assert.False(text.AcceptsAudio);
            Assert.NotEmpty(text.Reply([ChatTurn.User("Hello")], options: Short).Text);
        }

        var options = new TaskOptions { Prompt = new PromptOptions { Template = ChatTemplate.Qwen2Audio } };
        LoadedTranscriber.Load(_tiny.Folder, options).Dispose();
        LoadedClassifier.Load(_tiny.Folder, options).Dispose();
        Assert.Contains("qwen2, qwen2-audio", Assert.Throws<ArgumentException>(() => ChatTemplate.Named("llama")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _tiny.Dispose();
}
