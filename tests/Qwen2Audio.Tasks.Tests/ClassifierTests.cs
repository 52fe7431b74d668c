namespace Qwen2Audio.Tasks.Tests;

public sealed class ClassifierTests
{
    private static ScriptedModel Model(double speech, Dictionary<string, double>? logs = null, string? said = null) => new()
    {
        Judge = (task, text) => task == "speech"
            ? Math.Log(text == "speech" ? speech : 1 - speech)
            : logs is not null && logs.TryGetValue(text, out var log) ? log : -9,
        Rows = (_, rows) =>
        {
            var likely = new (int, double)[rows];
            if (said is not null)
                foreach (var (id, i) in TinyText.Ids(said).Select((id, i) => (id, i))) likely[5 + 2 * i] = (id, 0.95);
            return likely;
        },
    };

    [Theory]
    [InlineData("digit", new[] { "two", "one" })]
    [InlineData("sound", new[] { "rain", "dog bark" })]
    [InlineData("speech", new[] { "speech", "other sound" })]
    public void A_task_compares_its_own_labels(string task, string[] best)
    {
        var model = Model(0.8, new() { ["two"] = -0.2, ["one"] = -1.2, ["rain"] = -1, ["dog bark"] = -2 });
        var result = new Classifier(model.ToModel(), new ClassifierOptions { Task = task }).Classify(Sounds.Tone(1));
        Assert.Equal(best, result.Labels.Select(label => label.Label));
        Assert.Equal(1, result.Labels.Sum(label => label.Probability), 1e-9);
        Assert.Equal((task, best[0]), (result.Task, result.Best));
        Assert.Equal([task], model.Asked.Distinct());
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void Probabilities_follow_the_log_probabilities()
    {
        var model = Model(1, new() { ["one"] = Math.Log(0.3), ["two"] = Math.Log(0.1) });
        var labels = new Classifier(model.ToModel(), new ClassifierOptions { Task = "digit" }).Classify(Sounds.Tone(1)).Labels;
        Assert.Equal(0.75, labels[0].Probability, 1e-9);
        Assert.Equal(0.25, labels[1].Probability, 1e-9);
    }

    [Fact]
    public void Given_labels_choose_the_set_that_has_them_whatever_their_spelling()
    {
        var model = Model(0.5, new() { ["dog bark"] = -0.5, ["rain"] = -1 });
        var result = new Classifier(model.ToModel()).Classify(Sounds.Tone(1), ["Dog_Bark", "rain"]);
        Assert.Equal(("sound", "Dog_Bark"), (result.Task, result.Best));
        Assert.Null(result.SpeechProbability);
        Assert.DoesNotContain("speech", model.Asked);
    }

    [Theory]
    [InlineData(0.97, "one", "digit")]
    [InlineData(0.02, "rain", "sound")]
    public void Labels_of_several_sets_are_weighed_by_whether_it_is_speech(double speech, string best, string task)
    {
        var model = Model(speech, new() { ["one"] = -1, ["rain"] = -0.5 }, said: "one");
        var result = new Classifier(model.ToModel()).Classify(Sounds.Tone(2), ["one", "rain"]);
        Assert.Equal((best, task), (result.Best, result.Task));
        Assert.Equal(speech, result.SpeechProbability!.Value, 1e-9);
        Assert.Equal(1, result.Labels.Sum(label => label.Probability), 1e-9);
    }

    [Theory]
    [InlineData(0.999, "rain,speech", "speech")]
    [InlineData(0.001, "rain,speech", "rain")]
    [InlineData(0.001, "rain,dog bark,speech", "rain")]
    [InlineData(0.999, "one,two,other sound", "one")]
    [InlineData(0.001, "one,two,other sound", "other sound")]
    [InlineData(0.001, "one,two,rain,speech", "rain")]
    public void The_general_labels_are_weighed_with_the_others(double speech, string labels, string best)
    {
        var model = Model(speech, new() { ["one"] = -1, ["two"] = -6, ["rain"] = -0.1, ["dog bark"] = -4 }, said: "one");
        var answer = new Classifier(model.ToModel()).Classify(Sounds.Tone(2), labels.Split(','));
        Assert.Equal(best, answer.Labels[0].Label);
        Assert.True(answer.Labels[0].Probability > 0.9, $"{answer.Labels[0]}");
        Assert.Equal(1, answer.Labels.Sum(label => label.Probability), 6);
    }

    [Theory]
    [InlineData("one", "digit", "one")]
    [InlineData("bed", "keyword", "bed")]
    public void Without_labels_what_is_said_decides_between_sets_of_words(string said, string task, string best)
    {
        var model = Model(0.99, new() { ["one"] = -0.1, ["bed"] = -0.1 }, said);
        var result = new Classifier(model.ToModel()).Classify(Sounds.Tone(2));
        Assert.Equal((best, task), (result.Best, result.Task));
        Assert.Equal(1, result.Labels.Sum(label => label.Probability), 1e-9);
    }

    [Fact]
    public void Speech_that_says_none_of_the_words_is_answered_so()
    {
        var result = new Classifier(Model(0.99, said: "help me").ToModel()).Classify(Sounds.Tone(2));
        Assert.Equal(("speech", "speech"), (result.Best, result.Task));
        Assert.Equal(1, result.Labels.Sum(label => label.Probability), 1e-9);
    }

    [Theory]
    [InlineData(0.9, "transcribe")]
    [InlineData(0.1, "sound")]
    public void Labels_of_no_set_are_compared_with_a_warning(double speech, string task)
    {
        var model = Model(speech, new() { ["help"] = -1 });
        var result = new Classifier(model.ToModel()).Classify(Sounds.Tone(1), ["help", "stop"]);
        Assert.Equal(("help", task), (result.Best, result.Task));
        Assert.Equal("unknown-label", Assert.Single(result.Warnings).Code);
    }

    [Theory]
    [InlineData(null, "dog (did you mean \"dog bark\"?)", "keyword: bed, cat", "sound: dog bark, rain", "none of them fits")]
    [InlineData("digit", "to (did you mean \"two\"?)", "one, two", "none of them fits")]
    public void The_warning_names_near_labels_and_those_that_are_known(string? task, params string[] texts)
    {
        string[] labels = task is null ? ["dog", "help"] : ["to", "one"];
        var result = new Classifier(Model(1, []).ToModel(), new ClassifierOptions { Task = task }).Classify(Sounds.Tone(1), labels);
        var warning = Assert.Single(result.Warnings, warning => warning.Code == "unknown-label").Text;
        foreach (var text in texts) Assert.Contains(text, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Length_normalised_scores_do_not_favour_short_labels()
    {
        var model = Model(1, new() { ["one"] = -2, ["dog bark"] = -4, ["rain"] = -3.2 });
        var labels = new[] { "dog bark", "rain" };
        Assert.Equal("rain", new Classifier(model.ToModel(), new ClassifierOptions { Task = "sound" }).Classify(Sounds.Tone(1), labels).Best);
        Assert.Equal("dog bark", new Classifier(
            model.ToModel(), new ClassifierOptions { Task = "sound", LengthNormalised = true }).Classify(Sounds.Tone(1), labels).Best);
    }

    [Fact]
    public void Silence_has_no_labels_and_says_why()
    {
        var result = new Classifier(Model(1).ToModel()).Classify(Sounds.Silence(1));
        Assert.Empty(result.Labels);
        Assert.Equal(("", "silence"), (result.Best, Assert.Single(result.Warnings).Code));
    }

    [Fact]
    public void Labels_and_tasks_that_make_no_sense_are_refused()
    {
        var classifier = new Classifier(Model(1).ToModel());
        Assert.ThrowsAny<ArgumentException>(() => classifier.Classify(Sounds.Tone(1), []));
        Assert.ThrowsAny<ArgumentException>(() => classifier.Classify(Sounds.Tone(1), ["one", "One"]));
        Assert.ThrowsAny<ArgumentException>(() => classifier.Classify(Sounds.Tone(1), ["one", " "]));
        var refused = Assert.ThrowsAny<ArgumentException>(() =>
            new Classifier(Model(1).ToModel(), new ClassifierOptions { Task = "music" }).Classify(Sounds.Tone(1)));
        Assert.Contains("digit, keyword, sound, speech", refused.Message, StringComparison.Ordinal);
    }
}
