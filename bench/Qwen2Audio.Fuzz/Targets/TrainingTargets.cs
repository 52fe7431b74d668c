using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>Recipes and the data that training reads.</summary>
internal static class TrainingTargets
{
    private static readonly string[] ConversationWords =
    [
        "messages", "role", "content", "system", "user", "assistant", "tool", "type", "text", "audio", "audio_url", "audios", "prompt", "completion", "chosen", "rejected", "id", "tools", "functions", "conversations", "from", "value", "human",
        "gpt", "<audio>", "clip.wav",
    ];

    public static IEnumerable<FuzzTarget> All()
    {
        yield return Recipe("recipe-train", ["tiny", "default/1-words"], path => SpeechRecipeFile.Read(path).Phases.Length);
        yield return Recipe("recipe-finetune", ["finetune-lora", "finetune-dpo", "finetune-audio"], path => FineTuningRecipeFile.Read(path).Data.Train.Length);
        yield return new("conversations", InputForm.JsonLines,
            [Bytes("""
            {"id": "c1", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "audio", "audio_url": "clip.wav"}, {"type": "text", "text": "What is it?"}]}, {"role": "assistant", "content": "Rain."}]}
            {"prompt": "Hello", "completion": "Hi"}
            {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}
            """)], (input, place) => $"read {Math.Min(4, ConversationFile.Read(place.Write("talk.jsonl", input)).Count)}", typeof(ConfigException))
        { Tokens = ConversationWords };
        yield return new("preferences", InputForm.JsonLines,
            [Bytes("""
            {"prompt": "Hello", "chosen": "Hi", "rejected": "Go"}
            {"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "c"}]}
            {"messages": [{"role": "user", "content": "x"}], "chosen": "y", "rejected": "z"}
            """)], (input, place) => $"read {Math.Min(4, ConversationFile.ReadPairs(place.Write("pairs.jsonl", input)).Count)}", typeof(ConfigException))
        { Tokens = ConversationWords };
        yield return new("pronunciations", InputForm.Text, [Bytes(";;; a comment\nHELLO  HH AH0 L OW1\nHELLO(2)  HH EH0 L OW1\nworld\tW ER1 L D\n")],
            (input, place) => $"read {Math.Min(5, Pronunciations.Read(place.Write("x.dict", input)).Count)}", typeof(PronunciationException))
        { Tokens = ["HH", "AH0", "(2)", ";;;", "##"], AllocatedPerByte = 64 }; // a text for each phone
    }

    private static FuzzTarget Recipe(string name, string[] recipes, Func<string, int> read) =>
        new(name, InputForm.Text, [.. recipes.Select(recipe => File.ReadAllBytes(Path.Combine(Fixtures.Repository, "recipes", $"{recipe}.yaml")))],
            (input, place) => $"read {read(place.Write("recipe.yaml", input)) > 0}", typeof(RecipeException))
        {
            Tokens =
            [
                "seed:", "data:", "model:", "phases:", "- steps: 1", "draws: {an4: 1}", "datasets: {an4: {kind: spelled}}", "from: [an4]", "steps", "learning_rate", "base", "lora", "target_modules", "[all-linear]", "all-linear", "method: preferences", "schedule", "type: cosine", "augmentation", "null", "~",
                "&x", "*x", "<<: *x", "? a : b", "!!int", "!!null", "!!binary", "{", "}", "[", "]", "- - - a", "\"\\x\"", "'", "|", ">-", "--- ", "...", "#", "\t", "1e3", "0x1F", "0o17", "1:30", "2001-01-01",
            ],
            // the YAML library lets go of up to a kilobyte for each mark that it reads; recipes have a mebibyte at most
            Allocated = 16 << 20,
            AllocatedPerByte = 1200,
        };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
