using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Augmentations;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class ConversationSetTests : TestInFolder
{
    private static readonly BytePairTokenizer Tokenizer = TestTokenizer.Make();
    private static readonly ConversationEncoder Encoder = new(ChatTemplate.Qwen2Audio, Tokenizer);

    [Fact]
    public void Only_what_the_assistant_says_and_the_end_of_its_turns_is_learned()
    {
        var sequence = Sequence(Make(ChatTurn.User("Hi"), ChatTurn.Assistant("Ho <|im_end|>"), ChatTurn.User("And?"), ChatTurn.Assistant("So")));
        Assert.Equal(
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHo <|im_end|><|im_end|>\n"
            + "<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\nSo<|im_end|>\n", Tokenizer.Decode(sequence.Ids, showControls: true));
        Assert.Equal("Ho <|im_end|><|im_end|>So<|im_end|>", Learned(sequence));
        // T5: what is written in a text is no control token
        Assert.Equal(5, sequence.Ids.Count(id => id == Tokenizer.ControlId(ControlNames.TurnEnd)));
        Assert.Equal(2, sequence.Labels.Count(id => id == Tokenizer.ControlId(ControlNames.TurnEnd)));
    }

    [Fact]
    public void An_answer_has_the_tokens_that_follow_the_prompt_when_the_model_is_asked()
    {
        ChatTurn[] turns = [ChatTurn.User("Hi"), ChatTurn.Assistant("\nHo")];
        var sequence = Sequence(Make(turns));
        var prompt = ChatTemplate.Qwen2Audio.Render(turns[..1]).Encode(Tokenizer);
        Assert.Equal(prompt, sequence.Ids[..prompt.Length]);
        Assert.All(sequence.Labels[..prompt.Length], label => Assert.Equal(CrossEntropyLoss.LeftOut, label));
        Assert.Equal("\nHo<|im_end|>", Learned(sequence));
    }

    [Fact]
    public void Of_a_prompt_nothing_is_learned()
    {
        var sequence = Sequence(Make(ChatTurn.User("Hi"), ChatTurn.Assistant("Ho"), ChatTurn.User("And?"), ChatTurn.Assistant("So")) with { FirstAnswer = 3 });
        Assert.Equal("So<|im_end|>", Learned(sequence));
    }

    [Fact]
    public void An_empty_answer_is_left_out_and_listed()
    {
        var set = ConversationSet.Prepare([Make(ChatTurn.User("Hi"), ChatTurn.Assistant(" ")), Make(ChatTurn.User("Hi"), ChatTurn.Assistant("Ho"))], Encoder, new ConversationSetOptions { MaxTokens = 1000 });
        Assert.Equal(1, set.Count);
        Assert.Contains("empty", Assert.Single(set.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_has_as_many_places_as_rows()
    {
        var clip = TestAudio.WriteWave(Folder, "a.wav", 1); // 100 frames: 50 after the stride, 25 pairs
        var set = Prepare(Make(ChatTurn.User(new AudioPart(), new TextPart("What?")), ChatTurn.Assistant("A tone")) with { Clips = [clip] });
        var batch = TokenBatch.Pack(set.Load(Plan(set)).Documents);
        Assert.Equal([25], batch.ClipRows);
        Assert.Equal(25, batch.Ids.Count(id => id == Tokenizer.ControlId(ControlNames.Audio)));
        Assert.Equal(16_000, Assert.Single(batch.Clips).Length);
        Assert.Equal(batch.Ids.Length, set.Length(0, 0));
        Assert.Equal("A tone<|im_end|>", Learned(batch.Labels));
    }

    [Fact]
    public void Too_long_missing_damaged_and_repeated_samples_are_left_out_and_listed()
    {
        File.WriteAllText(Path.Combine(Folder, "bad.wav"), "no sound");
        var heard = ChatTurn.User(new AudioPart());
        var conversations = new[]
        {
            Make(ChatTurn.User("Hi"), ChatTurn.Assistant("Ho")) with { Id = "a" },
            Make(ChatTurn.User("Hi"), ChatTurn.Assistant(new string('x', 300))),
            Make(heard, ChatTurn.Assistant("Ho")) with { Clips = [Path.Combine(Folder, "gone.wav")] },
            Make(heard, ChatTurn.Assistant("Ho")) with { Clips = [Path.Combine(Folder, "bad.wav")] },
            Make(heard, ChatTurn.Assistant("Ho")) with { Clips = [TestAudio.WriteWave(Folder, "long.wav", 2.5)] },
            Make(heard, ChatTurn.Assistant("Ho")) with { Clips = [TestAudio.WriteWave(Folder, "short.wav", 0.01)] },
            Make(ChatTurn.User("Again"), ChatTurn.Assistant("Ho")) with { Id = "a" },
            Make(heard, ChatTurn.Assistant("Ho")) with { Clips = [TestAudio.WriteWave(Folder, "good.wav", 1)] },
        }.Select((one, i) => one with { Line = i + 1 }).ToArray();
        var set = ConversationSet.Prepare(conversations, Encoder, new ConversationSetOptions { MaxTokens = 250, MaxClipSeconds = 2 });
        Assert.Equal(2, set.Count);
        Assert.Equal([2, 3, 4, 5, 6, 7], set.Skipped.Select(one => one.Line));
        foreach (var (skipped, part) in set.Skipped.Zip((string[])["allowed: 250", "gone.wav", "bad.wav", "2.5 s long; allowed: 2 s", "too few", "\"a\""]))
            Assert.Contains(part, skipped.ToString(), StringComparison.Ordinal);
        SkippedClips.Check(set.Skipped, 8, 75);
        Assert.Contains("6 of 8", Assert.Throws<CorpusException>(() => SkippedClips.Check(set.Skipped, 8, 74)).Message, StringComparison.Ordinal);
        var report = Path.Combine(Folder, "skipped.jsonl");
        SkippedClips.Write(report, set.Skipped);
        Assert.Equal(6, File.ReadAllLines(report).Length);

        // the template of another model has no place for clips
        var deaf = ConversationSet.Prepare(conversations, new ConversationEncoder(ChatTemplate.Qwen2, Tokenizer), new ConversationSetOptions { MaxTokens = 1000 });
        Assert.Contains("does not support audio", deaf.Skipped[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_that_is_gone_when_it_is_drawn_leaves_only_its_sample_out()
    {
        var conversations = Enumerable.Range(0, 3).Select(i => Make(ChatTurn.User(new AudioPart()), ChatTurn.Assistant($"{i}")) with
        {
            Clips = [TestAudio.WriteWave(Folder, $"{i}.wav", 0.5 + i)],
            Line = i + 1,
        }).ToArray();
        var set = Prepare(conversations);
        var plan = Plan(set);
        var whole = set.Load(plan);
        File.Delete(Path.Combine(Folder, "1.wav"));
        TestAudio.WriteWave(Folder, "2.wav", 1);
        var batch = set.Load(plan);
        Assert.Equal([0], batch.Samples.Select(drawn => drawn.Sample));
        Assert.Equal([2, 3], batch.Skipped.Select(one => one.Line).Order());
        Assert.Equal(3, whole.Samples.Count);
        Assert.Equal(whole.Documents[whole.Samples.ToList().FindIndex(drawn => drawn.Sample == 0)].Ids, batch.Documents.Single().Ids);
    }

    [Fact]
    public void Pairs_give_two_sequences_with_the_same_clips()
    {
        var clip = TestAudio.WriteWave(Folder, "a.wav", 1);
        var prompt = ChatTurn.User(new AudioPart());
        ConversationPair Pair(string chosen, string rejected) => new(
            Make(prompt, ChatTurn.Assistant(chosen)) with { Clips = [clip], FirstAnswer = 1 }, Make(prompt, ChatTurn.Assistant(rejected)) with { Clips = [clip], FirstAnswer = 1 });
        var set = ConversationSet.Prepare([Pair("Good", "Bad"), Pair("Yes", "No"), Pair("Same", "Same")], Encoder, new ConversationSetOptions { MaxTokens = 1000 });
        Assert.Contains("the same", Assert.Single(set.Skipped).Reason, StringComparison.Ordinal);
        var plan = Plan(set);
        var batch = set.LoadPairs(plan);
        Assert.Equal(2, batch.Chosen.Documents.Count);
        Assert.Equal(set.Length(0, 0) + set.Length(1, 0), batch.Chosen.Documents.Concat(batch.Rejected).Sum(document => document.Ids.Length));
        var first = plan.Samples.First().Sample == 0;
        Assert.Equal(first ? "Good<|im_end|>Yes<|im_end|>" : "Yes<|im_end|>Good<|im_end|>", Learned(TokenBatch.Pack(batch.Chosen.Documents).Labels));
        Assert.Equal(first ? "Bad<|im_end|>No<|im_end|>" : "No<|im_end|>Bad<|im_end|>", Learned(TokenBatch.Pack(batch.Rejected).Labels));
        Assert.Equal(batch.Chosen.Documents.SelectMany(document => document.Clips), batch.Rejected.SelectMany(document => document.Clips));
        Assert.Throws<InvalidOperationException>(() => Prepare(Make(ChatTurn.User("a"), ChatTurn.Assistant("b"))).LoadPairs(plan));
    }

    [Fact]
    public void Varied_clips_have_the_lengths_that_rows_are_filled_by()
    {
        var conversations = Enumerable.Range(0, 6).Select(i => Make(ChatTurn.User(new AudioPart()), ChatTurn.Assistant("Ho")) with { Clips = [TestAudio.WriteWave(Folder, $"{i}.wav", 1 + (0.1 * i))] }).ToArray();
        var augmentation = new WaveAugmentation(new WaveAugmentationOptions { Speed = 1, Speeds = [0.9, 1, 1.1], Gain = 1 }, seed: 3);
        var set = ConversationSet.Prepare(conversations, Encoder, new ConversationSetOptions { MaxTokens = 1000, Augmentation = augmentation });
        var order = new DataOrder(new DataOrderOptions { Filling = RowFilling.Pack, RowTokens = 400, RowsPerStep = 2 }, set.Count, set.Length);
        var seen = new HashSet<int>();
        for (var step = 0; step < 12; step++)
        {
            var plan = order.Step(step);
            var loaded = set.Load(plan);
            var batch = TokenBatch.Pack(loaded.Documents);
            Assert.Equal(plan.Samples.Select(drawn => set.Length(drawn.Sample, drawn.Epoch)), loaded.Documents.Select(document => document.Ids.Length));
            Assert.Equal(batch.Clips.Select(clip => AudioLengths.AudioTokensOf(clip.Length)), batch.ClipRows);
            seen.UnionWith(batch.Clips.Select(clip => clip.Length));
        }

        Assert.True(seen.Count > 10);
    }

    [Fact]
    public void Batches_do_not_depend_on_threads_or_where_a_run_begins()
    {
        var conversations = Enumerable.Range(0, 9).Select(i => Make(ChatTurn.User(new AudioPart()), ChatTurn.Assistant($"Number {i}")) with { Clips = [TestAudio.WriteWave(Folder, $"{i}.wav", 0.5 + (0.1 * i))] }).ToArray();
        var options = new WaveAugmentationOptions { Speed = 0.5, Gain = 0.5, Texture = 0.5, Crop = 0.5, ShortestCrop = 0.3 };
        var set = ConversationSet.Prepare(conversations, Encoder, new ConversationSetOptions { MaxTokens = 1000, Augmentation = new WaveAugmentation(options, seed: 3) });
        var order = new DataOrder(new DataOrderOptions { Filling = RowFilling.Pack, RowTokens = 300, RowsPerStep = 2 }, set.Count, set.Length);
        var expected = Enumerable.Range(0, 12).Select(step => Shown(set.Load(order.Step(step)))).ToList();
        foreach (var (threads, first) in new[] { (0, 0), (1, 0), (3, 0), (2, 7) })
        {
            using var loader = new BatchLoader<LoadedSamples>((step, cancellation) => set.Load(order.Step(step), cancellation), new LoaderOptions { Threads = threads });
            for (var step = first; step < 12; step++) Assert.Equal(expected[step], Shown(loader.Of(step)));
        }

        static string Shown(LoadedSamples loaded) => $"{loaded.Step}: {Packed(TokenBatch.Pack(loaded.Documents))}";

        static string Packed(TokenBatch batch) => $"{string.Join(' ', batch.Ids)} {string.Join(' ', batch.LabelRows)} {string.Join(' ', batch.Labels)} {string.Join(' ', batch.Clips.Select(clip => $"{clip.Length}/{clip.Sum():R}/{clip[^1]:R}"))}";
    }

    private static Conversation Make(params ChatTurn[] turns) => new() { File = "f.jsonl", Line = 1, Turns = turns };

    private static ConversationSet Prepare(params Conversation[] conversations)
    {
        var set = ConversationSet.Prepare(conversations, Encoder, new ConversationSetOptions { MaxTokens = 1000 });
        Assert.Empty(set.Skipped);
        return set;
    }

    private static TokenDocument Sequence(Conversation conversation) => Encoder.Encode(conversation).With([], []);

    private static StepPlan Plan(ConversationSet set) => new DataOrder(new DataOrderOptions { RowsPerStep = set.Count }, set.Count).Step(0);

    private static string Learned(TokenDocument sequence) => Learned(sequence.Labels);

    private static string Learned(int[] labels) => Tokenizer.Decode([.. labels.Where(label => label != CrossEntropyLoss.LeftOut)], showControls: true);
}
