using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>The JSON files of a model's folder.</summary>
internal static class ConfigTargets
{
    private const int MostListed = 2000;

    private static readonly string[] Words =
    [
        "qwen2", "qwen2_moe", "qwen2_audio", "qwen2_audio_ctc", "whisper", "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "vocab_size", "rope_scaling", "rope_parameters", "rope_type",
        "yarn", "linear", "factor", "layer_types", "sliding_window", "use_sliding_window", "max_window_layers", "mlp_only_layers", "decoder_sparse_step", "text_config", "audio_config", "torch_dtype", "dtype", "eos_token_id",
        "quantization_config", "tie_word_embeddings", "label_sets", "gelu", "silu", "bfloat16", "encoder_layers", "d_model", "max_source_positions", "num_mel_bins", "config", "attention_factor", "beta_fast", "full_attention",
    ];

    private static readonly (string Name, IReadOnlyList<int> Shape)[] Weights =
    [
        ("audio_tower.conv1.weight", [8, 4, 3]), ("audio_tower.layers.0.self_attn.q_proj.weight", [8, 8]), ("audio_tower.layers.0.fc1.bias", [16]), ("language_model.model.embed_tokens.weight", [30, 12]),
        ("language_model.model.layers.0.self_attn.q_proj.weight", [12, 12]), ("language_model.model.layers.10.self_attn.v_proj.weight", [12, 12]), ("language_model.lm_head.weight", [30, 12]),
    ];

    public static IEnumerable<FuzzTarget> All()
    {
        (string Name, byte[][] Seeds)[] kinds =
        [
            ("config-qwen2", [Published("qwen2-0.5b-instruct"), Published("qwen2-yarn")]), ("config-qwen2-moe", [Published("qwen1.5-moe-a2.7b")]), ("config-qwen2-audio", [Published("qwen2-audio-7b-instruct")]),
            ("config-whisper", [Published("whisper-tiny")]), ("config-small", [Shipped("config.json")]),
        ];
        foreach (var (name, seeds) in kinds) yield return new(name, InputForm.Json, seeds, Describe, typeof(ConfigException)) { Tokens = Words };
        yield return new("generation-config", InputForm.Json,
            [Bytes("""{"bos_token_id":1,"eos_token_id":[2,3],"do_sample":true,"temperature":0.7,"top_k":20,"top_p":0.8,"repetition_penalty":1.05,"max_new_tokens":32,"bad_words_ids":[[1,2],[3]],"transformers_version":"4.57.0"}"""),
             Bytes("""{"num_beams":4,"early_stopping":true,"length_penalty":0.5,"suppress_tokens":[1,2],"stop_strings":["a"],"min_new_tokens":2}""")],
            (input, place) => $"read {ConfigObject.Open(place.Write("generation_config.json", input)).Build(json => GenerationConfigReader.Read(json)).EndTokens.Count}", typeof(ConfigException))
        { Tokens = ["eos_token_id", "early_stopping", "never", "stop_strings", "do_sample", "min_p", "no_repeat_ngram_size", "watermarking_config", "forced_decoder_ids", "suppress_tokens"] };
        yield return new("generation-config-whisper", InputForm.Json,
            [Bytes("""{"decoder_start_token_id":50258,"eos_token_id":50257,"no_timestamps_token_id":50363,"prev_sot_token_id":50361,"is_multilingual":true,"lang_to_id":{"<|en|>":50259,"<|de|>":50261},"task_to_id":{"transcribe":50359,"translate":50358},"alignment_heads":[[2,2],[3,0]],"max_initial_timestamp_index":50,"suppress_tokens":[1,2,7],"begin_suppress_tokens":[220,50257],"max_length":448}""")],
            WhisperGeneration, typeof(ConfigException))
        { Tokens = ["lang_to_id", "task_to_id", "alignment_heads", "forced_decoder_ids", "language", "task", "<|en|>", "<|xx|>", "english"] };
        yield return new("generation-config-small", InputForm.Json, [Shipped("generation_config.json"), Bytes("""{"eos_token_id":[1],"label_ctc_weight":0.2}""")], (input, place) =>
        {
            var config = place.Keep("config", () => ConfigObject.Parse("""{"label_sets":{"digit":["one"]}}""", "config.json"));
            return $"read {SpeechModelReader.Settings(config, ConfigObject.Open(place.Write("generation_config.json", input)), 1, 100, lexicon: false).CtcBeam > 0}";
        }, typeof(ConfigException))
        { Tokens = ["ctc_beam", "ctc_weight", "speech_threshold", "label_ctc_weight", "eos_token_id"] };
        yield return new("label-sets", InputForm.Json, [Bytes("""{"label_sets":{"digit":["one","two"],"speech":["speech","other sound"]}}""")], (input, place) =>
            $"read {SpeechModelReader.Settings(ConfigObject.Open(place.Write("config.json", input)), null, 1, 100, lexicon: false).LabelSets.Count}", typeof(ConfigException))
        { Tokens = ["label_sets", "speech", "digit"] };
        yield return new("preprocessor-config-small", InputForm.Json,
            [Bytes("""{"sampling_rate":16000,"feature_size":2,"n_fft":400,"hop_length":160,"peak":0.5,"mel_mean":[-4.3,-3.9],"mel_std":[1.5,1.7],"short_clip_seconds":0.8}""")], (input, place) =>
            $"read {SpeechModelReader.Features(ConfigObject.Open(place.Write("preprocessor_config.json", input)), 2).MelMean.Length}", typeof(ConfigException))
        { Tokens = ["mel_mean", "mel_std", "peak", "feature_size", "short_clip_padding"] };
        yield return new("preprocessor-config", InputForm.Json,
            [Bytes("""{"chunk_length":30,"dither":0.0,"feature_extractor_type":"WhisperFeatureExtractor","feature_size":80,"hop_length":160,"n_fft":400,"n_samples":480000,"nb_max_frames":3000,"padding_side":"right","padding_value":0.0,"return_attention_mask":false,"sampling_rate":16000}""")], (input, place) =>
        {
            PreprocessorCheck.Require(ConfigObject.Open(place.Write("preprocessor_config.json", input)), Whisper(place).Encoder);
            return "fits";
        }, typeof(ConfigException))
        { Tokens = ["chunk_length", "feature_size", "do_normalize", "mel_filters", "n_samples"] };
        yield return new("adapter-config", InputForm.Json,
        [
            Bytes("""{"peft_type":"LORA","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"],"lora_dropout":0.05,"bias":"none","task_type":"CAUSAL_LM","base_model_name_or_path":"x","rank_pattern":{"layers.0.q_proj":4},"alpha_pattern":{},"init_lora_weights":true,"use_rslora":false,"modules_to_save":null}"""),
            Bytes("""{"peft_type":"LORA","r":4,"target_modules":"all-linear","exclude_modules":"lm_head"}"""),
            Bytes("""{"peft_type":"LORA","target_modules":".*\\.(q|v)_proj","layers_to_transform":null}"""),
        ], (input, place) =>
        {
            var config = LoraConfigReader.Open(place.Write("adapter_config.json", input));
            return $"read {LoraTarget.Of(config, Weights).Count}";
        }, typeof(ConfigException))
        {
            Tokens = ["all-linear", "target_modules", "modules_to_save", "rank_pattern", "alpha_pattern", "use_dora", "layers_to_transform", "layers_pattern", "lora_only", "all", ".*", "(.*)*x", "(a|a)*$", "^q", "lm_head", "q_proj", "exclude_modules", "loftq_config"],
            Allocated = 4 << 20, // expressions are compiled into tables
        };
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Published(string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.Repository, "tests", "fixtures", "configs", $"{name}.json")));
        return Bytes(file.RootElement.GetProperty("config").GetRawText());
    }

    private static byte[] Shipped(string name) => File.ReadAllBytes(Path.Combine(Fixtures.Repository, "models", "default", name));

    private static Model.Whisper.WhisperConfig Whisper(Workspace place) => place.Keep("whisper", () => ModelDescription.Read(ConfigObject.Of(StrictJson.Parse(Published("whisper-tiny"), "config.json"), "config.json")).Whisper!);

    private static string Describe(byte[] input, Workspace place)
    {
        var description = ModelDescription.Open(place.Write("config.json", input));
        var listed = description.TensorCount <= MostListed ? description.Tensors().Count : description.TensorCount;
        if (listed != description.TensorCount) throw new WrongResultException($"{listed} tensors listed and {description.TensorCount} counted");
        return $"read {description.Kind} {description.WeightBytes}";
    }

    private static string WhisperGeneration(byte[] input, Workspace place)
    {
        var config = place.Keep("config", () => ConfigObject.Of(StrictJson.Parse(Published("whisper-tiny"), "config.json"), "config.json"));
        return $"read {WhisperModelReader.Generation(ConfigObject.Open(place.Write("generation_config.json", input)), config, Whisper(place)).LangToId.Count}";
    }
}
